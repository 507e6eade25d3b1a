import { readFileSync } from 'node:fs';
import { type ChannelCredentials, credentials } from '@grpc/grpc-js';
import { SgroupsError } from './errors.js';

/** Files in PEM form. */
export interface SgroupsTls {
  /** Authorities that may sign the service's certificate; the system's where it is absent */
  readonly caFile?: string | undefined;
  /** The agent's own certificate and key, where the service asks for one */
  readonly certFile?: string | undefined;
  readonly keyFile?: string | undefined;
  /** The name that the service's certificate bears, where it is not the address's */
  readonly serverName?: string | undefined;
}

/** @param tls undefined = none @throws SgroupsError `bad_option` that names the file */
export function channelCredentials(tls: SgroupsTls | undefined): ChannelCredentials {
  if (!tls) return credentials.createInsecure();
  const { caFile, certFile, keyFile } = tls;
  if ((certFile === undefined) !== (keyFile === undefined)) {
    const text = 'a TLS certificate and its key have to be given together';
    throw new SgroupsError('connect', 'bad_option', text);
  }
  try {
    return credentials.createSsl(read(caFile), read(keyFile), read(certFile));
  } catch (cause) {
    const text = `the TLS files of the security groups' service cannot be used: ${(cause as Error).message}`;
    throw new SgroupsError('connect', 'bad_option', text, { cause });
  }
}

function read(path: string | undefined): Buffer | null {
  return path === undefined ? null : readFileSync(path);
}
