import { refuseSetting } from '#app-kit';
import { type Endpoint, isLoopback } from '../endpoint.js';
import { type ServerConfig } from '../server-config.js';

/** @returns whether the hub asks who somebody is */
export const hasLogins = ({ tokensFile, tlsClientAuth }: ServerConfig): boolean =>
  tokensFile !== '' || tlsClientAuth !== 'off';

/**
 * Refuses what would let in more people than somebody has meant to.
 * @returns what the operator should know all the same
 * @throws StartError (`bad_config`) that names the key, its value and what to do
 */
export function checkExposure(config: ServerConfig, endpoint: Endpoint): string[] {
  checkTlsSettings(config, endpoint);
  const refuse = (why: string): never => refuseSetting('server.endpoint', config.serverEndpoint, why);
  if (isLoopback(endpoint.host)) return [];
  if (hasLogins(config)) {
    if (endpoint.tls || config.tokensFile === '') return [];
    return [
      `server.endpoint: "${config.serverEndpoint}" takes tokens from other hosts over HTTP, where who sees the network reads them; set server.tls.cert and server.tls.key, or serve loopback behind a proxy that speaks TLS`,
    ];
  }
  const logins = 'set auth.tokens-file (`trace-hub token` makes a token), or server.tls.client-auth';
  const { insecure, insecureEndpoint, serverEndpoint } = config;
  if (!insecure && insecureEndpoint === '') {
    return refuse(`is reached from other hosts, and there are no logins; ${logins}, or serve 127.0.0.1`);
  }
  if (!insecure || insecureEndpoint !== serverEndpoint) {
    return refuse(
      `is reached from other hosts without logins only where server.insecure is true and server.insecure-endpoint "${insecureEndpoint}" is the same address; ${logins}`,
    );
  }
  return [
    `EVERYBODY who reaches ${serverEndpoint} reads all packets: server.insecure is set, and there are no logins`,
  ];
}

function checkTlsSettings(config: ServerConfig, { tls }: Endpoint): void {
  const { serverEndpoint, tlsCert, tlsKey, tlsCa, tlsClientAuth, tlsClientRole, tokensFile } = config;
  if (tls && tlsCert === '') {
    refuseSetting(
      'server.endpoint',
      serverEndpoint,
      'needs a certificate; set server.tls.cert and server.tls.key',
    );
  }
  const given = Object.entries({ cert: tlsCert, key: tlsKey, ca: tlsCa }).find(([, path]) => path !== '');
  if (!tls && given) {
    refuseSetting(
      `server.tls.${given[0]}`,
      given[1],
      `has no effect on "${serverEndpoint}"; set server.endpoint: https://…`,
    );
  }
  if (tlsClientAuth === 'off') {
    if (tlsCa !== '')
      refuseSetting('server.tls.ca', tlsCa, 'has no effect without server.tls.client-auth; set that too');
    return;
  }
  if (tlsCa === '') {
    refuseSetting(
      'server.tls.client-auth',
      tlsClientAuth,
      "needs the clients' authority; set server.tls.ca (and server.endpoint: https://…)",
    );
  }
  if (tlsClientRole === 'none' && tokensFile === '') {
    refuseSetting('server.tls.client-role', 'none', 'lets nobody in without auth.tokens-file; set that too');
  }
}
