import { type IncomingHttpHeaders } from 'node:http';
import { isIP } from 'node:net';

/** @returns the host of a Host header without its port, in small letters; undefined when it is none */
function hostOf(header: string | undefined): string | undefined {
  if (header === undefined || !URL.canParse(`http://${header}`)) return undefined;
  return new URL(`http://${header}`).hostname.replace(/^\[(.*)\]$/, '$1');
}

/**
 * Whether a request's Host is one of ours. A page of evil.example may have its own name resolved to 127.0.0.1 and read
 * what answers there as its own (DNS rebinding); its requests bear its name. An address cannot be rebound.
 */
export function isOwnHost(header: string | undefined, names: ReadonlySet<string>): boolean {
  const host = hostOf(header);
  return host !== undefined && (isIP(host) !== 0 || host === 'localhost' || names.has(host));
}

/**
 * Whether a page of another origin, which may not read answers, makes a browser ask: a question costs work even when
 * nobody reads its answer. Programs send none of these headers.
 * @param allowed origins that may read answers
 */
export function isForeignPage(headers: IncomingHttpHeaders, allowed: ReadonlySet<string>): boolean {
  const { origin, host } = headers;
  const site = headers['sec-fetch-site'];
  if (origin !== undefined && allowed.has(origin)) return false;
  if (site !== undefined) return site === 'cross-site' || site === 'same-site';
  if (origin === undefined) return false;
  return !URL.canParse(origin) || new URL(origin).host !== host?.toLowerCase();
}
