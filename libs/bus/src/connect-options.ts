import { readFileSync } from 'node:fs';
import { credsAuthenticator, type NodeConnectionOptions } from '@nats-io/transport-node';
import { BusError } from './error.js';
import { type BusLog } from './log.js';
import { redialPauses } from './redial.js';
import { escapeToken } from './subjects.js';
import { tlsOptions, type TlsSettings } from './tls.js';

export interface BusOptions {
  /**
   * `nats://host:4222` or `tls://…`, several separated by commas. A login may be in it (`nats://user:password@host`,
   * `nats://token@host`).
   */
  readonly url: string;
  /** How the connection is called in NATS's monitoring. */
  readonly name: string;
  readonly log: BusLog;
  /** File with a user's JWT and seed, as `nsc` makes it. */
  readonly credsFile?: string | undefined;
  /** Absent: what the scheme of the URL and the server ask for. */
  readonly tls?: TlsSettings | undefined;
  /**
   * Prefix of the subjects on which answers come; needed where permissions limit subscriptions. Absent: `_INBOX_<agent>`
   * with an agent, else `_INBOX`.
   */
  readonly inboxPrefix?: string | undefined;
  /** Whose subjects are published here: such a login need not be allowed to make streams, or look at them. */
  readonly agent?: string | undefined;
  /** On how many servers of a cluster a stream is kept that is made here; default 1. */
  readonly replicas?: number | undefined;
  /** How long to wait between two tries to connect, in ms; default 1000. */
  readonly retryMs?: number;
}

function parse(address: string): URL {
  const whole = address.includes('://') ? address : `nats://${address}`;
  if (!URL.canParse(whole)) {
    // in front of `@` stands a login, which nobody may see
    const [login, host] = [address.includes('@'), address.slice(address.lastIndexOf('@') + 1)];
    const shown = login ? `nats://***@${host}` : address;
    const advice = login ? '; in the login write / as %2F, @ as %40 and : as %3A' : '';
    throw new BusError(
      'connect',
      'bad_option',
      `the NATS address ${shown} is not like nats://host:4222${advice}`,
    );
  }
  return new URL(whole);
}

function login(url: URL | undefined): Pick<NodeConnectionOptions, 'user' | 'pass' | 'token'> {
  if (!url?.username) return {};
  const user = decodeURIComponent(url.username);
  return url.password ? { user, pass: decodeURIComponent(url.password) } : { token: user };
}

function authenticator(credsFile: string): Pick<NodeConnectionOptions, 'authenticator'> {
  try {
    return { authenticator: credsAuthenticator(readFileSync(credsFile)) };
  } catch (cause) {
    throw new BusError('connect', 'bad_option', `the NATS credentials file ${credsFile} cannot be read`, {
      cause,
    });
  }
}

/** @returns the servers as people may see them, without logins */
export function serverNames(url: string): string {
  return url
    .split(',')
    .map((address) => parse(address.trim()).host)
    .join(', ');
}

/** @returns below what an agent's answers come, so that a permission for it shows no other's */
export const inboxOf = (agent: string): string => `_INBOX_${escapeToken(agent)}`;

/** @returns below what answers come to this login; undefined: NATS's default */
export const inboxPrefixOf = ({ inboxPrefix, agent }: BusOptions): string | undefined =>
  inboxPrefix || (agent ? inboxOf(agent) : undefined);

/** @throws BusError (`bad_option`) when an address or the credentials file cannot be used */
export function connectionOptions(options: BusOptions): NodeConnectionOptions {
  const urls = options.url.split(',').map((address) => parse(address.trim()));
  const secure = options.tls !== undefined || urls.some((url) => url.protocol === 'tls:');
  const hosts = urls.map((url) => url.hostname);
  const inboxPrefix = inboxPrefixOf(options);
  return {
    servers: urls.map((url) => url.host),
    name: options.name,
    ...login(urls.find((url) => url.username)),
    ...(options.credsFile ? authenticator(options.credsFile) : {}),
    ...(secure ? { tls: tlsOptions(options.tls ?? {}, hosts) } : {}),
    ...(inboxPrefix ? { inboxPrefix } : {}),
    maxReconnectAttempts: -1,
    // Credentials may be put right on the server's side: once connected, an agent goes on trying.
    ignoreAuthErrorAbort: true,
    ...redialPauses(options.retryMs ?? 1000, secure),
    pingInterval: 10_000,
    timeout: 5000,
  };
}
