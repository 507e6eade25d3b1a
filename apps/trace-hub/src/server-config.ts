import { duration, integer, list, oneOf, Setting, size, text, url, yesNo } from '#app-kit';
import { TelemetryConfig } from './telemetry-config.js';

const path = () => text({ optional: true, allowed: 'the path of a file, or nothing' });
const KiB = 2 ** 10;
const MiB = 2 ** 20;

export const clientAuths = ['off', 'optional', 'required'] as const;
export type ClientAuth = (typeof clientAuths)[number];
export const clientRoles = ['none', 'read', 'admin'] as const;
export type ClientRole = (typeof clientRoles)[number];
export const auditLevels = ['info', 'debug', 'off'] as const;
export type AuditLevel = (typeof auditLevels)[number];

const origins = {
  pattern: /https?:\/\/[a-z0-9.-]+(:\d+)?|https?:\/\/\[[0-9a-f:]+\](:\d+)?/,
  allowed:
    'origins as browsers send them, in small letters and without a path (https://grafana.example:3000)',
};
const names = { pattern: /[a-z0-9.-]+/, allowed: 'host names in small letters' };
const addresses = { pattern: /[0-9a-fA-F.:]+(\/\d{1,3})?/, allowed: 'addresses or prefixes (10.0.0.0/8)' };

/** Who may ask the hub, and how much: the settings of its HTTP side. See docs/security.md. */
export class ServerConfig extends TelemetryConfig {
  @Setting('server.endpoint', 'Address of REST and the live stream', url(['http', 'https', 'tcp']))
  serverEndpoint = 'http://127.0.0.1:9650';

  @Setting('server.tls.cert', 'The certificate that clients are shown, PEM; for https://', path())
  tlsCert = '';

  @Setting('server.tls.key', 'and its key, PEM', path())
  tlsKey = '';

  @Setting('server.tls.ca', "Authorities that may sign clients' certificates, PEM", path())
  tlsCa = '';

  @Setting(
    'server.tls.client-auth',
    'Whether clients are asked for a certificate; optional: who has none may give a token',
    oneOf(clientAuths),
  )
  tlsClientAuth: ClientAuth = 'off';

  @Setting(
    'server.tls.client-role',
    'The role of a client with a certificate that the tokens file does not name; none: it needs a token too',
    oneOf(clientRoles),
  )
  tlsClientRole: ClientRole = 'read';

  @Setting(
    'auth.tokens-file',
    'Who may ask: a line "NAME ROLE sha256:HASH" for each token, as `trace-hub token` makes it; read again when it changes',
    path(),
  )
  tokensFile = '';

  @Setting(
    'server.reload-interval',
    'How often the tokens file and certificates are looked at; a changed one is used when it has stayed the same that long',
    duration({ min: 10, max: 3_600_000 }),
  )
  reloadIntervalMs = 1000;

  @Setting(
    'server.insecure',
    'Whether everybody who reaches it may ask, from other hosts too; together with server.insecure-endpoint',
    yesNo(),
  )
  insecure = false;

  @Setting(
    'server.insecure-endpoint',
    'Says it again: the same text as server.endpoint, without which server.insecure opens nothing',
    text({ optional: true, allowed: 'the same text as server.endpoint, or nothing' }),
  )
  insecureEndpoint = '';

  @Setting(
    'server.names',
    'Names under which the hub is asked where it has no logins, beside localhost and addresses',
    list(names, { optional: true }),
  )
  serverNames: readonly string[] = [];

  @Setting(
    'server.trusted-proxies',
    'Reverse proxies whose X-Forwarded-For is believed: the client they name counts in limits and in the audit log',
    list(addresses, { optional: true }),
  )
  trustedProxies: readonly string[] = [];

  @Setting(
    'server.cors.origins',
    'Web pages of other origins that may read answers; nothing = none',
    list(origins, { optional: true }),
  )
  corsOrigins: readonly string[] = [];

  @Setting(
    'server.rate-limit',
    'Requests a minute for each token, or each address where there is none; 0 = any number',
    integer({ min: 0, max: 10_000_000 }),
  )
  rateLimit = 6000;

  /** A thousand values of a column fit, and the longest query unless all of it is percent-encoded. */
  @Setting('server.max-url', 'Longest path and query', size({ min: KiB, max: MiB }))
  maxUrl = 128 * KiB;

  @Setting('server.max-body', 'Largest body of a request', size({ min: KiB, max: 16 * MiB }))
  maxBody = 64 * KiB;

  @Setting('server.max-connections', 'Connections at a time', integer({ min: 1, max: 1_000_000 }))
  maxConnections = 2000;

  @Setting(
    'server.max-connections-per-address',
    'Connections of one address at a time, of IPv6 of one /64; those of server.trusted-proxies do not count; 0 = any number',
    integer({ min: 0, max: 1_000_000 }),
  )
  maxConnectionsPerAddress = 500;

  @Setting(
    'server.header-timeout',
    "How long a client may take to send a request's headers",
    duration({ min: 100, max: 600_000 }),
  )
  headerTimeoutMs = 10_000;

  @Setting(
    'server.request-timeout',
    'How long it may take to send the whole request',
    duration({ min: 100, max: 600_000 }),
  )
  requestTimeoutMs = 30_000;

  @Setting(
    'server.idle-timeout',
    'How long a connection may stand still, with nothing sent or taken by the client',
    duration({ min: 1000, max: 86_400_000 }),
  )
  idleTimeoutMs = 120_000;

  @Setting('audit.level', 'At which level the log tells of each query: who, what, status', oneOf(auditLevels))
  auditLevel: AuditLevel = 'info';
}
