import { setTimeout as sleep } from 'node:timers/promises';
import { type StateBucket } from '#bus';

/** Of the lease of the alert rules. */
const usualKey = 'lease';

/** Who evaluates, as the bucket has it. */
export interface LeaseHolder {
  /** The hub's name, for people. */
  readonly hub: string;
  /** Of one start of it; '' = it has let go. */
  readonly run: string;
}

export interface LeaseTimes {
  /** After so long without a sign of the one that has it another takes it. */
  readonly ttlMs: number;
  readonly renewMs: number;
}

const usualTimes: LeaseTimes = { ttlMs: 3000, renewMs: 1000 };

export interface LeaseOptions {
  readonly bucket: Pick<StateBucket, 'get' | 'put'>;
  readonly holder: LeaseHolder;
  /** In the bucket; absent: that of the alert rules. */
  readonly key?: string;
  /** It is ours from now on, until `signal` is aborted; another may have it from then on. */
  readonly work: (signal: AbortSignal) => Promise<void>;
  /** NATS does not answer, or the bucket cannot be made. */
  readonly failed: (error: unknown) => void;
  readonly times?: LeaseTimes;
  /** ms; for tests */
  readonly now?: () => number;
}

/**
 * Lets one of several hubs work: the one that writes its name into the bucket, and again every second. Clocks are not
 * compared: who waits measures by its own for how long the entry has stayed the same, and waits a little longer than who
 * has it works without a renewal. Each write names the revision before it, so that of two that try only one succeeds.
 */
export class Lease {
  readonly #options: LeaseOptions;
  readonly #times: LeaseTimes;
  readonly #now: () => number;
  readonly #stop = new AbortController();
  #revision = 0;
  /** Ours until then; 0 = it is not. */
  #until = 0;
  #seen = { revision: -1, at: 0 };
  #holder: LeaseHolder | undefined;
  #work: { readonly end: AbortController; readonly done: Promise<void> } | undefined;
  #done: Promise<void> | undefined;
  /** Ends the work when its time is over, also while a renewal has no answer. */
  #expiry: NodeJS.Timeout | undefined;

  constructor(options: LeaseOptions) {
    this.#options = options;
    this.#times = options.times ?? usualTimes;
    this.#now = options.now ?? (() => performance.now());
  }

  get #key(): string {
    return this.#options.key ?? usualKey;
  }

  /** Whether no other hub can have it now. */
  get held(): boolean {
    return this.#now() < this.#until;
  }

  /** Who had it when it was last looked at. */
  get holder(): LeaseHolder | undefined {
    return this.#holder;
  }

  start(): void {
    this.#done ??= this.#run();
  }

  /** Ends the work, then lets go, so that another need not wait. */
  async close(): Promise<void> {
    this.#stop.abort();
    await this.#done;
  }

  async #run(): Promise<void> {
    const { signal } = this.#stop;
    while (!signal.aborted) {
      const began = this.#now();
      await this.#turn().catch((error: unknown) => this.#options.failed(error));
      await this.#loseWhenOver();
      const rest = this.#times.renewMs - (this.#now() - began);
      await sleep(Math.max(10, rest), undefined, { signal }).catch(() => undefined);
    }
    await this.#release();
  }

  async #turn(): Promise<void> {
    if (this.#work) return this.#renew();
    const entry = await this.#options.bucket.get(this.#key);
    const holder = entry && readHolder(entry.bytes);
    this.#holder = holder?.run === '' ? undefined : holder;
    if (entry && holder && holder.run !== '' && holder.run !== this.#options.holder.run) {
      if (entry.revision !== this.#seen.revision) this.#seen = { revision: entry.revision, at: this.#now() };
      // Half a renewal more than who has it works at most, who takes a moment to stop.
      if (this.#now() - this.#seen.at < this.#times.ttlMs + this.#times.renewMs / 2) return;
    }
    await this.#take(entry?.revision ?? 0);
  }

  async #take(revision: number): Promise<void> {
    const began = this.#now();
    const next = await this.#write(this.#options.holder, revision);
    if (next === undefined || this.#stop.signal.aborted) return;
    this.#hold(next, began);
    const end = new AbortController();
    const done = this.#options.work(end.signal).catch((error: unknown) => this.#options.failed(error));
    const work = { end, done };
    this.#work = work;
    // Work that ends by itself is begun anew, by whoever comes first.
    void done.then(() => {
      if (this.#work === work) this.#work = undefined;
    });
  }

  async #renew(): Promise<void> {
    const began = this.#now();
    let next = await this.#write(this.#options.holder, this.#revision);
    if (next === undefined) {
      // A write of ours of which we were not told counts.
      const entry = await this.#options.bucket.get(this.#key);
      const ours = entry && readHolder(entry.bytes)?.run === this.#options.holder.run;
      if (ours) next = await this.#write(this.#options.holder, entry.revision);
    }
    if (next === undefined) this.#until = 0;
    else this.#hold(next, began);
  }

  #hold(revision: number, began: number): void {
    this.#revision = revision;
    this.#until = began + this.#times.ttlMs;
    this.#holder = this.#options.holder;
    clearTimeout(this.#expiry);
    this.#expiry = setTimeout(() => void this.#loseWhenOver(), this.#until - this.#now() + 1).unref();
  }

  /** A renewal that failed is not the end of it, but its time is. */
  async #loseWhenOver(): Promise<void> {
    if (this.#work && !this.held) await this.#lose();
  }

  async #lose(): Promise<void> {
    const work = this.#work;
    this.#until = 0;
    this.#holder = undefined;
    work?.end.abort();
    await work?.done;
    if (this.#work === work) this.#work = undefined;
  }

  async #release(): Promise<void> {
    const work = this.#work;
    work?.end.abort();
    // What ends takes its time, in which it is still ours.
    while (work && this.held && !(await within(this.#times.renewMs, work.done)))
      await this.#renew().catch(() => undefined);
    const { held } = this;
    clearTimeout(this.#expiry);
    await work?.done;
    this.#work = undefined;
    this.#until = 0;
    if (!held || !work) return;
    const { hub } = this.#options.holder;
    await this.#write({ hub, run: '' }, this.#revision).catch(() => undefined);
  }

  #write(holder: LeaseHolder, revision: number): Promise<number | undefined> {
    return this.#options.bucket.put(this.#key, Buffer.from(JSON.stringify(holder)), revision);
  }
}

/** @returns whether the work is done in time */
const within = (ms: number, work: Promise<unknown>): Promise<boolean> =>
  Promise.race([work.then(() => true), sleep(ms, false)]);

function readHolder(bytes: Uint8Array): LeaseHolder | undefined {
  try {
    const { hub, run } = JSON.parse(Buffer.from(bytes).toString()) as Partial<LeaseHolder>;
    return typeof hub === 'string' && typeof run === 'string' ? { hub, run } : undefined;
  } catch {
    return undefined;
  }
}
