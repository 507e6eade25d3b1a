import { setTimeout as sleep } from 'node:timers/promises';
import { type BackoffTimes, backoffMs } from './backoff.js';
import { SgroupsError } from './errors.js';
import { type ServiceOptions, SgroupsClient } from './grpc-client.js';
import { DataKeeper } from './keeper.js';
import { type SgroupsSink, type SgroupsSource, type SgroupsState } from './source.js';

export interface GrpcSourceOptions extends ServiceOptions {
  /** push listens to SyncStatuses; pull asks SyncStatus */
  readonly mode: 'push' | 'pull';
  /** Between two questions; with push, by which a peer that has fallen silent is noticed */
  readonly interval_ms: number;
  /** After failures */
  readonly backoff?: BackoffTimes;
}

/** Where the service hangs up because nothing was synced yet */
const NOTHING_YET_MS = 5000;

const defaultBackoff: BackoffTimes = { least_ms: 500, most_ms: 30_000 };

/**
 * Networks and groups from the service. In both modes it is asked for its status every `interval_ms`: HTTP/2 pings would
 * notice a silent peer as well, but gRPC servers hang up on clients that ping more often than each 5 minutes.
 */
export class GrpcSource implements SgroupsSource {
  readonly #keeper: DataKeeper;
  readonly #stopping = new AbortController();
  #running: Promise<void> | undefined;
  /** Of the data in use; null = none was taken, undefined = taken when nothing had been synced */
  #current: string | undefined | null = null;
  #failures = 0;
  #connection: AbortController | undefined;

  constructor(
    private readonly options: GrpcSourceOptions,
    sink: SgroupsSink,
  ) {
    this.#keeper = new DataKeeper(options.mode, sink);
  }

  get state(): SgroupsState {
    return this.#keeper.state;
  }

  start(): void {
    this.#running ??= this.#run();
  }

  async stop(): Promise<void> {
    this.#stopping.abort();
    this.#connection?.abort();
    await this.#running;
  }

  async #run(): Promise<void> {
    const { signal } = this.#stopping;
    const { interval_ms, backoff = defaultBackoff } = this.options;
    while (!signal.aborted) {
      let wait_ms = Math.min(interval_ms, NOTHING_YET_MS);
      try {
        await this.#connected();
      } catch (error) {
        if (signal.aborted) return;
        this.#keeper.fail((error as Error).message);
        // What changes may stand still the next moment: it is not waited for longer and longer.
        wait_ms = isChanging(error) ? backoff.least_ms : backoffMs(++this.#failures, backoff);
      }
      await sleep(wait_ms, undefined, { signal }).catch(() => undefined);
    }
  }

  /** One connection, until it fails, or the service has nothing to push yet. */
  async #connected(): Promise<void> {
    const { mode, interval_ms } = this.options;
    const client = new SgroupsClient(this.options);
    const over = new AbortController();
    this.#connection = over;
    over.signal.addEventListener('abort', () => client.close());
    const bell = new Bell(over.signal);
    const heard = mode === 'push' ? this.#listen(client, bell, over.signal) : { ended: false };
    try {
      while (!over.signal.aborted && !heard.ended) {
        await this.#update(client);
        await bell.wait(interval_ms);
        if (heard.failure) throw heard.failure;
        // not before: a connection that ends at once is to be tried less and less often
        this.#failures = 0;
      }
    } finally {
      over.abort();
    }
  }

  #listen(client: SgroupsClient, bell: Bell, signal: AbortSignal): Listening {
    const heard: Listening = { ended: false };
    const end = (failure?: Error): void => {
      heard.ended = true;
      heard.failure = failure;
      bell.ring();
    };
    client.listen(() => bell.ring(), signal).then(() => end(), end);
    return heard;
  }

  async #update(client: SgroupsClient): Promise<void> {
    const status = await client.status();
    if (status === undefined) {
      // a service that was started anew and has not read its data yet says so, too
      if (typeof this.#current === 'string') throw this.#emptied();
      if (this.#current === null) this.#keeper.take({ networks: [], groups: [] }, undefined);
      this.#current = undefined;
    } else if (status !== this.#current) {
      const { data, updatedAt } = await client.lists(status);
      if (this.#stopping.signal.aborted) return;
      this.#keeper.take(data, updatedAt);
      this.#current = updatedAt;
    }
    this.#keeper.fresh();
  }

  #emptied(): SgroupsError {
    const text = `${this.options.address} had networks and groups before, and now says that nothing was synced yet`;
    return new SgroupsError('fetch', 'unavailable', text);
  }
}

const isChanging = (error: unknown): boolean => error instanceof SgroupsError && error.code === 'changing';

interface Listening {
  ended: boolean;
  failure?: Error | undefined;
}

/** Wakes one who waits; a ring while nobody waits ends the next wait at once. */
class Bell {
  #rung = false;
  #wake: (() => void) | undefined;

  constructor(private readonly signal: AbortSignal) {
    signal.addEventListener('abort', () => this.ring());
  }

  ring(): void {
    this.#rung = true;
    this.#wake?.();
  }

  /** Until it rings, or for so long. */
  async wait(for_ms: number): Promise<void> {
    if (!this.#rung && !this.signal.aborted) {
      await new Promise<void>((resolve) => {
        const timer = setTimeout(resolve, for_ms);
        this.#wake = () => {
          clearTimeout(timer);
          resolve();
        };
      });
    }
    this.#rung = false;
    this.#wake = undefined;
  }
}
