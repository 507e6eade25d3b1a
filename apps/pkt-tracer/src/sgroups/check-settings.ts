import { checkTlsFiles, refuseSetting } from '#app-kit';
import { grpcTarget } from '#sgroups';
import { type SgroupsConfig, sgroupsMode } from './sgroups.config.js';

const KEY = 'extapi.svc.sgroups';

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
  checkTlsFiles(`${KEY}.tls`, { ca, cert, key });
}

function refuse(of: string, value: string, problem: string): never {
  return refuseSetting(`${KEY}.${of}`, value, problem);
}
