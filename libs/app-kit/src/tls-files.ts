import { createPrivateKey, X509Certificate } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { StartError } from './error.js';
import { fileFault } from './file-fault.js';

/** PEM files for TLS as settings name them; '' where none is given. */
export interface TlsFiles {
  /** Authorities that may sign the other end's certificate. */
  readonly ca: string;
  /** The certificate that the other end is shown. */
  readonly cert: string;
  readonly key: string;
}

const certificateIn = (text: Buffer): unknown => new X509Certificate(text);

/**
 * Refuses files that cannot be used, or not together, before a connection is made with them.
 * @param prefix the key under which `ca`, `cert` and `key` are settings: `nats.tls`
 * @throws StartError (`bad_config`) that names the key, its value and what to do
 */
export function checkTlsFiles(prefix: string, { ca, cert, key }: TlsFiles): void {
  if (cert !== '' && key === '') refuseSetting(`${prefix}.cert`, cert, `needs its key; set ${prefix}.key`);
  if (key !== '' && cert === '')
    refuseSetting(`${prefix}.key`, key, `needs its certificate; set ${prefix}.cert`);
  checkPem(`${prefix}.ca`, ca, 'certificate', certificateIn);
  checkPem(`${prefix}.cert`, cert, 'certificate', certificateIn);
  checkPem(`${prefix}.key`, key, 'private key', createPrivateKey);
  if (cert === '') return;
  const fits = new X509Certificate(readFileSync(cert)).checkPrivateKey(createPrivateKey(readFileSync(key)));
  if (!fits)
    refuseSetting(`${prefix}.key`, key, `is not the key of ${prefix}.cert "${cert}"; give the one that is`);
}

function checkPem(setting: string, path: string, what: string, parse: (text: Buffer) => unknown): void {
  if (path === '') return;
  const text = readNamedFile(setting, path, 'a PEM file');
  try {
    parse(text);
  } catch {
    refuseSetting(setting, path, `has no ${what} that can be used; give the path of one in PEM form`);
  }
}

/** @returns the content of the file that a setting names. @throws StartError (`bad_config`) */
export function readNamedFile(setting: string, path: string, what: string): Buffer {
  try {
    return readFileSync(path);
  } catch (cause) {
    return refuseSetting(setting, path, `cannot be read (${fileFault(cause)}); give the path of ${what}`);
  }
}

/** @throws StartError (`bad_config`): `key: "value" problem` */
export function refuseSetting(key: string, value: string, problem: string): never {
  throw new StartError(`${key}: "${value}" ${problem}`, { code: 'bad_config' });
}
