import { createPrivateKey, X509Certificate } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { StartError } from '#app-kit';
import { grpcTarget } from '#sgroups';
import { type SgroupsConfig, sgroupsMode } from './sgroups.config.js';

const KEY = 'extapi.svc.sgroups';

const certificateIn = (text: Buffer): unknown => new X509Certificate(text);

/**
 * Refuses settings that cannot work together, or whose files cannot be used, before anything is started with them.
 * @throws StartError (`bad_config`) that names the key, its value and what to do
 */
export function checkSgroups(config: SgroupsConfig): void {
  const { sgroupsAddress: address, sgroupsFile: file } = config;
  const mode = sgroupsMode(config);
  if (mode === 'file' && file === '') refuse('mode', mode, `needs a file; set ${KEY}.file`);
  if (mode !== 'push' && mode !== 'pull') return;
  if (address === '') refuse('mode', mode, `needs an address; set ${KEY}.address`);
  try {
    grpcTarget(address);
  } catch {
    refuse('address', address, 'is no address; it takes host:port, tcp://host:port, a port from 1 to 65535');
  }
  checkTls(config);
}

function checkTls({ sgroupsTls, ...config }: SgroupsConfig): void {
  const { sgroupsCaFile: ca, sgroupsCertFile: cert, sgroupsKeyFile: key, sgroupsServerName: name } = config;
  const given = { ca, cert, key, 'server-name': name };
  for (const [of, value] of Object.entries(given)) {
    // who gives a certificate does not expect clear text
    if (value !== '' && !sgroupsTls) refuse(`tls.${of}`, value, `is used with ${KEY}.tls.enabled: true only`);
  }
  if (cert !== '' && key === '') refuse('tls.cert', cert, `needs its key; set ${KEY}.tls.key`);
  if (key !== '' && cert === '') refuse('tls.key', key, `needs its certificate; set ${KEY}.tls.cert`);
  checkPem('tls.ca', ca, 'certificate', certificateIn);
  checkPem('tls.cert', cert, 'certificate', certificateIn);
  checkPem('tls.key', key, 'private key', createPrivateKey);
  if (cert === '') return;
  const fits = new X509Certificate(readFileSync(cert)).checkPrivateKey(createPrivateKey(readFileSync(key)));
  if (!fits) refuse('tls.key', key, `is not the key of ${KEY}.tls.cert "${cert}"; give the one that is`);
}

function checkPem(of: string, path: string, what: string, parse: (text: Buffer) => unknown): void {
  if (path === '') return;
  let text: Buffer;
  try {
    text = readFileSync(path);
  } catch (cause) {
    return refuse(of, path, `cannot be read (${(cause as Error).message}); give the path of a PEM file`);
  }
  try {
    parse(text);
  } catch {
    refuse(of, path, `has no ${what} that can be used; give the path of one in PEM form`);
  }
}

function refuse(of: string, value: string, problem: string): never {
  throw new StartError(`${KEY}.${of}: "${value}" ${problem}`, { code: 'bad_config' });
}
