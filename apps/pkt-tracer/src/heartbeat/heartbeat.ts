import { randomBytes } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { type Counters, type Log, Occurrences } from '#app-kit';
import { type AgentHeartbeat, type Bus, encodeHeartbeat, ensureStreams, subjects } from '#bus';
import { heartbeatNotTaken } from '../occurrences.js';
import { type LossLog } from './loss-log.js';

/** What changes from one heartbeat to the next. */
export type HeartbeatState = Omit<
  AgentHeartbeat,
  'agent' | 'run' | 'seq' | 'version' | 'kernel' | 'at_us' | 'uptime_s' | 'losses'
>;

export interface HeartbeatOptions {
  readonly bus: Promise<Bus>;
  readonly log: Log;
  readonly counters: Counters;
  readonly agent: string;
  readonly version: string;
  readonly kernel: string;
  readonly losses: LossLog;
  readonly state: () => HeartbeatState;
  readonly interval_ms?: number;
}

/** How long news wait for more of them. */
const SOON_MS = 300;
const PUBLISH_MS = 5000;
/** What a stop waits for the last one at most. */
const LAST_MS = 2000;

/**
 * Tells the bus what the agent does, every few seconds and soon after a loss. While NATS is away nothing is kept: the
 * state as it then is goes out when NATS is back. Nothing here waits for NATS or throws.
 */
export class Heartbeat {
  readonly #run = randomBytes(8).toString('hex');
  readonly #started_ms = performance.now();
  readonly #occurrences: Occurrences;
  readonly #timer: NodeJS.Timeout;
  #soon: NodeJS.Timeout | undefined;
  #bus: Bus | undefined;
  #leave: () => void = () => undefined;
  #seq = 0;
  #sending: Promise<void> | undefined;
  /** Whether there is something new since the one that is being sent. */
  #again = false;
  #stopped = false;

  constructor(private readonly options: HeartbeatOptions) {
    this.#occurrences = new Occurrences(options.log, options.counters);
    this.#timer = setInterval(() => this.#beat(), options.interval_ms ?? 5000).unref();
    options.bus.then(
      (bus) => this.#connected(bus),
      // Whoever connects reports that it failed.
      () => undefined,
    );
  }

  /** There is something to tell. */
  soon(): void {
    if (this.#stopped) return;
    this.#soon ??= setTimeout(() => {
      this.#soon = undefined;
      this.#beat();
    }, SOON_MS).unref();
  }

  /** Sends the last one, when there is somebody to send it to. */
  async stop(): Promise<void> {
    this.#stopped = true;
    clearInterval(this.#timer);
    clearTimeout(this.#soon);
    this.#leave();
    await within(LAST_MS, async () => {
      await this.#sending;
      if (this.#bus?.connected) await this.#send(this.#bus);
    });
  }

  #connected(bus: Bus): void {
    if (this.#stopped) return;
    this.#bus = bus;
    this.#leave = bus.onReconnected(() => {
      // The answer to one that was under way would be waited for in vain.
      this.#sending = undefined;
      this.#beat();
    });
    this.#beat();
  }

  #beat(): void {
    const bus = this.#bus;
    if (!bus?.connected || this.#stopped) return;
    this.#again = this.#sending !== undefined;
    if (this.#again) return;
    const sending = this.#send(bus).finally(() => {
      if (this.#sending !== sending) return;
      this.#sending = undefined;
      if (this.#again) this.#beat();
    });
    this.#sending = sending;
  }

  async #send(bus: Bus): Promise<void> {
    try {
      const bytes = encodeHeartbeat(this.#next());
      await bus.js.publish(subjects.agents(this.options.agent), bytes, { timeout: PUBLISH_MS });
    } catch (error) {
      if (!bus.connected) return;
      const reason = error instanceof Error ? error.message : String(error);
      this.#occurrences.tell(heartbeatNotTaken, { reason });
      // Nobody listens on the subject: the stream is gone, as after the loss of NATS's disk.
      await ensureStreams(bus, this.options.log).catch(() => undefined);
    }
  }

  #next(): AgentHeartbeat {
    const { agent, version, kernel, losses, state } = this.options;
    return {
      agent,
      run: this.#run,
      seq: ++this.#seq,
      version,
      kernel,
      at_us: Date.now() * 1000,
      uptime_s: Math.floor((performance.now() - this.#started_ms) / 1000),
      ...state(),
      losses: losses.records,
    };
  }
}

/** Resolves with the work, or when the time is up. */
async function within(ms: number, work: () => Promise<void>): Promise<void> {
  const done = new AbortController();
  const late = sleep(ms, undefined, { signal: done.signal }).catch(() => undefined);
  await Promise.race([work().finally(() => done.abort()), late]);
}
