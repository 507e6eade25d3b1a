import { EventEmitter, once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import {
  jetstream,
  JetStreamApiError,
  jetstreamManager,
  type JetStreamClient,
  type JetStreamManager,
} from '@nats-io/jetstream';
import { type NatsConnection } from '@nats-io/transport-node';
import { type BusOptions } from './connect-options.js';
import { BusError } from './error.js';
import { type BusLog } from './log.js';
import { refusalIn, refusalSentence, type Refusal } from './refusal.js';
import { noStream, subjects } from './subjects.js';

interface BusEvents {
  connected: [];
  disconnected: [];
}

/** @returns false where the refusal is none of its business: it is told in the log, when all say so */
type RefusalListener = (refusal: Refusal) => boolean | void;

/** What concerns streams and answers of the options of a connection. */
export type BusRole = Pick<BusOptions, 'agent' | 'replicas' | 'inboxPrefix'>;

/** For how long the same trouble is not told again. */
const remindMs = 600_000;
/** What a close waits for a server that hangs, twice at most. */
const closeMs = 1000;

/** A connection to NATS with JetStream, which comes back by itself. Made by `connectBus`. */
export class Bus {
  readonly #events = new EventEmitter<BusEvents>();
  readonly #told = new Map<string, number>();
  readonly #refusalListeners = new Set<RefusalListener>();
  #connected = true;

  constructor(
    readonly connection: NatsConnection,
    readonly js: JetStreamClient,
    readonly manager: JetStreamManager,
    /** The servers' addresses, for messages. */
    readonly servers: string,
    private readonly log: BusLog,
    readonly role: BusRole = {},
  ) {
    this.#events.setMaxListeners(0);
    void this.#watch();
  }

  get connected(): boolean {
    return this.#connected && !this.connection.isClosed();
  }

  /** The largest message the server takes, headers included. */
  get maxPayload(): number {
    return this.connection.info?.max_payload ?? 2 ** 20;
  }

  /** The port of the server that is, or was last, connected to. */
  get serverPort(): number {
    return Number(new URL(`nats://${this.connection.getServer()}`).port);
  }

  /** @returns when the connection stands; @throws BusError (`closed`) when it is closed for good or `stop` is aborted */
  async whenConnected(stop?: AbortSignal): Promise<void> {
    while (!this.connected) {
      if (this.connection.isClosed())
        throw new BusError('connect', 'closed', 'the connection to NATS is closed');
      await once(this.#events, 'connected', stop ? { signal: stop } : {}).catch((cause: unknown) => {
        throw new BusError('connect', 'closed', 'the wait for NATS was ended', { cause });
      });
    }
  }

  /** Calls `listener` each time the connection is back after a loss. @returns what ends that */
  onReconnected(listener: () => void): () => void {
    this.#events.on('connected', listener);
    return () => this.#events.off('connected', listener);
  }

  /** Calls `listener` each time the connection is lost. @returns what ends that */
  onDisconnected(listener: () => void): () => void {
    this.#events.on('disconnected', listener);
    return () => this.#events.off('disconnected', listener);
  }

  /** Calls `listener` with each subject that NATS refuses this login. @returns what ends that */
  onRefused(listener: RefusalListener): () => void {
    this.#refusalListeners.add(listener);
    return () => this.#refusalListeners.delete(listener);
  }

  /** Logs a warning, unless the same was told within the last ten minutes. */
  warnOnce(sentence: string, log: BusLog = this.log): void {
    const now = performance.now();
    if (now - (this.#told.get(sentence) ?? -Infinity) < remindMs) return;
    for (const [old, at] of this.#told) if (now - at >= remindMs) this.#told.delete(old);
    this.#told.set(sentence, now);
    log.warn(sentence);
  }

  /** Sends what is still to be sent, then closes. A server that hangs is not waited for. */
  async close(): Promise<void> {
    if (this.connection.isClosed()) return;
    // A connection that is lost meanwhile has nothing to drain to.
    if (this.#connected) await within(closeMs, this.connection.drain());
    if (!this.connection.isClosed()) await within(closeMs, this.connection.close());
  }

  async #watch(): Promise<void> {
    for await (const status of this.connection.status()) {
      if (status.type === 'disconnect') {
        if (this.#connected) this.log.warn(`NATS at ${this.servers} is gone; trying again until it is back`);
        this.#connected = false;
        this.#events.emit('disconnected');
      } else if (status.type === 'reconnect') {
        this.#connected = true;
        this.log.log(`NATS at ${this.servers} is back`);
        this.#events.emit('connected');
      } else if (status.type === 'error') {
        this.#tellError(status.error);
      }
    }
    this.#connected = false;
    // Wakes those who wait: they find the connection closed.
    this.#events.emit('connected');
  }

  #tellError(error: Error): void {
    const refusal = refusalIn(error);
    if (!refusal) return this.warnOnce(`NATS at ${this.servers} says: ${error.message}`);
    const heard = [...this.#refusalListeners].map((listener) => listener(refusal));
    if (heard.some((mine) => mine !== false)) return;
    // Who asked gets the refusal as the answer, and an agent can do without.
    if (this.role.agent !== undefined && refusal.subject.startsWith('$JS.API.')) return;
    this.warnOnce(refusalSentence(this.servers, [refusal]));
  }
}

/**
 * @returns the bus over a connection that stands
 * @throws BusError (`no_jetstream`) when neither the server nor its cluster has JetStream
 */
export async function openBus(
  connection: NatsConnection,
  servers: string,
  log: BusLog,
  role: BusRole = {},
): Promise<Bus> {
  const manager = await jetstreamManager(connection, { checkAPI: false });
  // A server without JetStream may still reach one through its cluster; ask before giving up.
  if (!connection.info?.jetstream && !(await answers(manager)) && !(await reachesStream(connection, role))) {
    const sentence = `NATS at ${servers} runs without JetStream; start it with \`nats-server -js\` or "jetstream {}" in its configuration`;
    throw new BusError('connect', 'no_jetstream', sentence);
  }
  return new Bus(connection, jetstream(connection), manager, servers, log, role);
}

/** A leaf node passes messages for streams to where these are, though not JetStream's API. */
async function reachesStream(connection: NatsConnection, { agent }: BusRole): Promise<boolean> {
  if (agent === undefined) return false;
  // A stream refuses what another one is to take, and keeps none of it.
  const publishing = jetstream(connection).publish(subjects.agents(agent), '{', {
    expect: { streamName: noStream },
  });
  return publishing.then(
    () => true,
    (error: unknown) => error instanceof JetStreamApiError,
  );
}

async function answers(manager: JetStreamManager): Promise<boolean> {
  return manager.getAccountInfo().then(
    () => true,
    // Who may not ask is told by the streams themselves.
    (error: unknown) => refusalIn(error) !== undefined,
  );
}

/** Resolves when the work has ended in whatever way, or the time is up. */
async function within(ms: number, work: Promise<void>): Promise<void> {
  const done = new AbortController();
  const late = sleep(ms, undefined, { signal: done.signal }).catch(() => undefined);
  await Promise.race([work.catch(() => undefined), late]);
  done.abort();
}
