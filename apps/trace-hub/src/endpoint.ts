import { StartError } from '#app-kit';
import { isIP } from 'node:net';

export interface Endpoint {
  readonly host: string;
  readonly port: number;
  /** Whether it is `https://`. */
  readonly tls: boolean;
}

/** @returns whether only this host reaches that name or address */
export function isLoopback(host: string): boolean {
  return host === 'localhost' || host === '::1' || (isIP(host) === 4 && host.startsWith('127.'));
}

/**
 * @param endpoint `http://127.0.0.1:9650`, `https://…`; `tcp://` means http; without a port 9650
 * @throws StartError (`bad_config`) when it is no address
 */
export function parseEndpoint(endpoint: string): Endpoint {
  const refuse = (why: string): never => {
    throw new StartError(`server.endpoint: "${endpoint}" ${why}`, { code: 'bad_config' });
  };
  const address = endpoint.replace(/^tcp:/, 'http:');
  if (!URL.canParse(address)) return refuse('is not an address; it takes http://127.0.0.1:9650');
  const { protocol, hostname, port, pathname, username } = new URL(address);
  const host = hostname.replace(/^\[(.*)\]$/, '$1');
  if (pathname !== '/') return refuse('has a path; it takes http://127.0.0.1:9650');
  if (username !== '') return refuse('has a login; logins are in auth.tokens-file');
  // The URL parser leaves out the scheme's own port, 80 or 443.
  const given = /:(\d+)\/?$/.exec(endpoint)?.[1];
  return { host, port: port ? Number(port) : Number(given ?? 9650), tls: protocol === 'https:' };
}

/** @returns the endpoint as its clients write it */
export function showEndpoint({ host, port, tls }: Endpoint): string {
  return `http${tls ? 's' : ''}://${isIP(host) === 6 ? `[${host}]` : host}:${port}`;
}
