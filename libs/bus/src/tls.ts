import { isIP } from 'node:net';
import { checkServerIdentity, type PeerCertificate } from 'node:tls';
import { type TlsOptions } from '@nats-io/transport-node';
import { BusError, causesOf } from './error.js';

export interface TlsSettings {
  readonly caFile?: string | undefined;
  readonly certFile?: string | undefined;
  readonly keyFile?: string | undefined;
}

type IdentityCheck = (name: string, certificate: PeerCertificate) => Error | undefined;

/**
 * @param hosts the servers as configured, without ports
 * @returns what the client takes; it hands what it does not know on to Node
 */
export function tlsOptions(settings: TlsSettings, hosts: readonly string[]): TlsOptions {
  const given = Object.entries(settings).filter(([, value]) => value !== undefined);
  const check: { checkServerIdentity: IdentityCheck } = { checkServerIdentity: identityCheck(hosts) };
  return { ...(Object.fromEntries(given) as TlsOptions), ...check };
}

/**
 * The client tells Node no name where the address is an IP address, and Node looks for `localhost` in the certificate
 * then: a certificate for the address would be refused, and one for localhost taken.
 */
function identityCheck(hosts: readonly string[]): IdentityCheck {
  const bare = hosts.map((host) => host.replace(/^\[|\]$/g, ''));
  const addresses = bare.filter((host) => isIP(host) !== 0);
  return (name, certificate) => {
    if (name !== 'localhost' || bare.includes(name)) return checkServerIdentity(name, certificate);
    const faults = addresses.map((address) => checkServerIdentity(address, certificate));
    return faults.includes(undefined) ? undefined : (faults[0] ?? checkServerIdentity(name, certificate));
  };
}

/** OpenSSL's words for a certificate that nobody whom we trust has signed. */
const unknownAuthority =
  /^(SELF_SIGNED_CERT_IN_CHAIN|DEPTH_ZERO_SELF_SIGNED_CERT|UNABLE_TO_GET_ISSUER_CERT(_LOCALLY)?|UNABLE_TO_VERIFY_LEAF_SIGNATURE|CERT_SIGNATURE_FAILURE|CERT_UNTRUSTED)$/;
const outOfTime = /^CERT_(HAS_EXPIRED|NOT_YET_VALID)$/;
const ourCertificate =
  /CERTIFICATE_REQUIRED|BAD_CERTIFICATE|ALERT_UNKNOWN_CA|CERTIFICATE_UNKNOWN|HANDSHAKE_FAILURE/;

/** @returns what is wrong with TLS, where it is that which kept us from connecting; waiting does not mend it */
export function tlsFault(error: unknown, servers: string): BusError | undefined {
  for (const cause of causesOf(error)) {
    const problem = tlsProblem(cause);
    if (problem !== undefined)
      return new BusError('connect', 'certificate', `NATS at ${servers} ${problem}`, { cause: error });
  }
  return undefined;
}

function tlsProblem(error: Error): string | undefined {
  const code = (error as { code?: unknown }).code;
  const word = typeof code === 'string' ? code : '';
  if (word === 'ERR_TLS_CERT_ALTNAME_INVALID') {
    const { host, cert } = error as { host?: string; cert?: PeerCertificate };
    const names = cert?.subjectaltname ?? 'nobody';
    return `shows a certificate of another host (${names}, not ${host}); set nats.url to a name in it`;
  }
  if (unknownAuthority.test(word)) {
    return `shows a certificate of an authority that is not known here (${error.message}); set nats.tls.ca to that authority's`;
  }
  if (outOfTime.test(word)) return `shows a certificate that is not valid now (${error.message}); renew it`;
  if (ourCertificate.test(word)) {
    return `wants a certificate of ours that it trusts (${error.message}); set nats.tls.cert and nats.tls.key`;
  }
  if (/does not support 'tls'/.test(error.message)) {
    return 'speaks no TLS; set nats.url to nats://… without nats.tls, or give that server a certificate';
  }
  return undefined;
}
