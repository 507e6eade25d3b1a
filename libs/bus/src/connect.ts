import { setTimeout as sleep } from 'node:timers/promises';
import {
  AuthorizationError,
  connect,
  type NatsConnection,
  type NodeConnectionOptions,
  TimeoutError,
} from '@nats-io/transport-node';
import { openBus, type Bus } from './bus.js';
import { connectionOptions, inboxPrefixOf, serverNames, type BusOptions } from './connect-options.js';
import { BusError, causesOf } from './error.js';
import { greetingOf } from './greeting.js';
import { tlsFault } from './tls.js';

/** How often a wait for NATS is told again. */
const remindMs = 60_000;

function isAuthorization(error: unknown): boolean {
  return [...causesOf(error)].some((cause) => cause instanceof AuthorizationError);
}

async function tryConnect(
  options: NodeConnectionOptions,
  servers: string,
  login: string,
): Promise<NatsConnection | Error> {
  try {
    return await connect(options);
  } catch (cause) {
    if (isAuthorization(cause)) {
      const sentence = `NATS at ${servers} refuses the credentials; check ${login}`;
      throw new BusError('connect', 'credentials', sentence, { cause });
    }
    const untrusted = tlsFault(cause, servers);
    if (untrusted) throw untrusted;
    if (cause instanceof TimeoutError) return withoutCertificate(options, servers, cause);
    return cause as Error;
  }
}

/**
 * By TLS 1.3 a server refuses a client's certificate when the client already holds the connection for made: the client
 * waits then for an answer until its time is up.
 */
async function withoutCertificate(
  { servers: addresses, tls }: NodeConnectionOptions,
  servers: string,
  cause: TimeoutError,
): Promise<Error> {
  const greetings = await Promise.all([addresses ?? []].flat().map(greetingOf));
  if (!greetings.some((greeting) => greeting?.tls_verify)) return cause;
  const certificate = (tls as { certFile?: string } | undefined)?.certFile;
  // A server that trusts it may just be slow.
  if (certificate !== undefined) return new Error(`${cause.message}; it may not trust ${certificate}`);
  const sentence = `NATS at ${servers} wants a certificate of ours that it trusts; set nats.tls.cert and nats.tls.key`;
  throw new BusError('connect', 'certificate', sentence, { cause });
}

async function firstConnection(options: BusOptions, stop?: AbortSignal): Promise<NatsConnection> {
  const natsOptions = connectionOptions(options);
  const servers = serverNames(options.url);
  const login = options.credsFile ? `nats.credentials (${options.credsFile})` : 'the login in nats.url';
  let told = -Infinity;
  for (;;) {
    const result = await tryConnect(natsOptions, servers, login);
    if (!(result instanceof Error)) return result;
    if (Date.now() - told >= remindMs) {
      told = Date.now();
      options.log.warn(
        `NATS at ${servers} does not answer (${result.message}); waiting for it, start it or set nats.url`,
      );
    }
    await sleep(options.retryMs ?? 1000, undefined, stop ? { signal: stop } : {}).catch((cause: unknown) => {
      throw new BusError('connect', 'closed', 'the wait for NATS was ended', { cause });
    });
  }
}

/**
 * Waits for NATS as long as it takes (it says so at once, then once a minute), then stays connected for ever.
 * @param stop ends the wait
 * @throws BusError: `credentials`, `certificate` and `no_jetstream`, which waiting does not mend; `bad_option`; `closed` after `stop`
 */
export async function connectBus(options: BusOptions, stop?: AbortSignal): Promise<Bus> {
  const connection = await firstConnection(options, stop);
  const servers = serverNames(options.url);
  try {
    const { agent, replicas } = options;
    const role = { agent, replicas, inboxPrefix: inboxPrefixOf(options) };
    const bus = await openBus(connection, servers, options.log, role);
    options.log.log(`connected to NATS at ${servers}`);
    return bus;
  } catch (error) {
    await connection.close();
    throw error;
  }
}
