import { VisorClient } from '#api-client';
import { createPrivateKey, X509Certificate } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { CliError } from './errors.js';
import { fileFault } from './file-fault.js';

/** What commonFlags gave: the hub, and how to come to it. */
export interface HubLogin {
  readonly host: string;
  readonly token?: string | undefined;
  /** Paths of PEM files. */
  readonly ca?: string | undefined;
  readonly cert?: string | undefined;
  readonly key?: string | undefined;
}

/**
 * @param notice tells a person what is not as it should be
 * @throws CliError `usage` for files that cannot be used, ApiError for a host or token that cannot
 */
export function hubClient(login: HubLogin, notice: (line: string) => void): VisorClient {
  const { host, token, ca, cert, key } = login;
  if (cert === undefined && key !== undefined) throw usage('--key needs its certificate; give --cert too');
  if (key === undefined && cert !== undefined) throw usage('--cert needs its key; give --key too');
  const tls = {
    ...(ca !== undefined && { ca: pem('--ca', ca, 'certificate', certificateIn) }),
    ...(cert !== undefined && { cert: pem('--cert', cert, 'certificate', certificateIn) }),
    ...(key !== undefined && { key: pem('--key', key, 'private key', createPrivateKey) }),
  };
  if (tls.cert && tls.key && !certificateIn(tls.cert).checkPrivateKey(createPrivateKey(tls.key))) {
    throw usage(`--key: ${key} is not the key of --cert ${cert}; give the one that is`);
  }
  const some = Object.keys(tls).length > 0;
  const client = new VisorClient({
    host: hubUrl(host),
    ...(token !== undefined && { token }),
    ...(some && { tls }),
  });
  if (token !== undefined && !isSafe(client.host)) {
    notice(`the token goes to ${client.host} without TLS: who sees the network reads it`);
  }
  return client;
}

/** @param host a URL, `host:port`, or `tcp://host:port` as the first Visor took it */
const hubUrl = (host: string): string => host.replace(/^tcp:\/\//i, 'http://');

const certificateIn = (text: string): X509Certificate => new X509Certificate(text);

function pem(flag: string, path: string, what: string, parse: (text: string) => unknown): string {
  let text: string;
  try {
    text = readFileSync(path, 'utf8');
  } catch (cause) {
    throw usage(`${flag}: ${path}: ${fileFault(cause)}; give the path of a PEM file`, cause);
  }
  try {
    parse(text);
  } catch (cause) {
    throw usage(`${flag}: ${path} has no ${what} that can be used; give the path of one in PEM form`, cause);
  }
  return text;
}

/** Whether nobody on the way reads what is sent there. */
function isSafe(base: string): boolean {
  const { protocol, hostname } = new URL(base);
  return protocol === 'https:' || /^(localhost|127\.\d+\.\d+\.\d+|\[::1\])$/.test(hostname);
}

const usage = (sentence: string, cause?: unknown): CliError =>
  new CliError('connect', 'usage', sentence, { cause });
