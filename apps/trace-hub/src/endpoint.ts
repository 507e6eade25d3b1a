import { StartError } from '#app-kit';
import { isIP } from 'node:net';

export interface Endpoint {
  readonly host: string;
  readonly port: number;
}

function isLoopback(host: string): boolean {
  return host === 'localhost' || host === '::1' || (isIP(host) === 4 && host.startsWith('127.'));
}

/**
 * @param endpoint `http://127.0.0.1:9650`; `tcp://` means the same; without a port 9650
 * @throws StartError (`bad_config`) when it is no address, or not one of loopback: the hub has no logins yet, and what
 * it shows is not for everybody
 */
export function parseEndpoint(endpoint: string): Endpoint {
  const refuse = (why: string): never => {
    throw new StartError(`server.endpoint: "${endpoint}" ${why}`, { code: 'bad_config' });
  };
  const address = endpoint.replace(/^tcp:/, 'http:');
  if (!URL.canParse(address)) return refuse('is not an address; it takes http://127.0.0.1:9650');
  const { hostname, port, pathname } = new URL(address);
  const host = hostname.replace(/^\[(.*)\]$/, '$1');
  if (pathname !== '/') return refuse('has a path; it takes http://127.0.0.1:9650');
  if (!isLoopback(host)) {
    return refuse('is not a loopback address; without logins the hub serves 127.0.0.1 or [::1] only');
  }
  // The URL parser leaves out the scheme's own port, 80.
  const given = /:(\d+)\/?$/.exec(endpoint)?.[1];
  return { host, port: port ? Number(port) : Number(given ?? 9650) };
}
