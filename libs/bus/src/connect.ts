import { setTimeout as sleep } from 'node:timers/promises';
import {
  AuthorizationError,
  connect,
  type NatsConnection,
  type NodeConnectionOptions,
} from '@nats-io/transport-node';
import { openBus, type Bus } from './bus.js';
import { connectionOptions, serverNames, type BusOptions } from './connect-options.js';
import { BusError } from './error.js';

/** How often a wait for NATS is told again. */
const remindMs = 60_000;

function isAuthorization(error: unknown): boolean {
  for (let at = error; at instanceof Error; at = at.cause) {
    if (at instanceof AuthorizationError) return true;
  }
  return false;
}

async function tryConnect(options: NodeConnectionOptions, servers: string): Promise<NatsConnection | Error> {
  try {
    return await connect(options);
  } catch (cause) {
    if (isAuthorization(cause)) {
      const sentence = `NATS at ${servers} refuses the credentials; check the login in nats.url`;
      throw new BusError('connect', 'credentials', sentence, { cause });
    }
    return cause as Error;
  }
}

async function firstConnection(options: BusOptions, stop?: AbortSignal): Promise<NatsConnection> {
  const natsOptions = connectionOptions(options);
  const servers = serverNames(options.url);
  let told = -Infinity;
  for (;;) {
    const result = await tryConnect(natsOptions, servers);
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
 * @throws BusError: `credentials` and `no_jetstream`, which waiting does not mend; `bad_option`; `closed` after `stop`
 */
export async function connectBus(options: BusOptions, stop?: AbortSignal): Promise<Bus> {
  const connection = await firstConnection(options, stop);
  const servers = serverNames(options.url);
  try {
    const bus = await openBus(connection, servers, options.log);
    options.log.log(`connected to NATS at ${servers}`);
    return bus;
  } catch (error) {
    await connection.close();
    throw error;
  }
}
