import { setTimeout as sleep } from 'node:timers/promises';

/** One of the things that a daemon needs to do its work. */
export interface PartCheck {
  /** `clickhouse` */
  readonly name: string;
  /** Its name in sentences: `ClickHouse`; default `name` */
  readonly title?: string;
  /** Whether the daemon is not ready without it; default true */
  readonly needed?: boolean;
  /** @returns `ok`, or one sentence about what is wrong; what it throws is such a sentence */
  look(): string | Promise<string>;
}

export interface PartState {
  readonly status: 'ok' | 'unavailable';
  /** Since when it is as it is, RFC 3339, to the interval at which it is looked at */
  readonly since: string;
  /** What is wrong; not there while it is ok */
  readonly reason?: string;
}

export type PartStates = Readonly<Record<string, PartState>>;

export interface Parts {
  /** Whether everything is there that is needed */
  readonly ready: boolean;
  readonly parts: PartStates;
}

export interface WatchOptions {
  /** How often the parts are looked at by themselves, so that it is known since when one is away; default 5 s */
  readonly interval_ms?: number;
  /** How long a check may take; default 3 s: who asks for health gives up soon */
  readonly longest_ms?: number;
  /** ms since 1970 */
  readonly now?: () => number;
}

/** The parts of a daemon: how each was found last, and since when it is so. */
export class PartsWatch {
  readonly #checks = new Map<string, PartCheck>();
  readonly #states = new Map<string, PartState>();
  readonly #looking = new Map<PartCheck, Promise<void>>();
  #timer: NodeJS.Timeout | undefined;

  constructor(private readonly options: WatchOptions = {}) {}

  /** @returns what takes the check away again */
  add(check: PartCheck): () => void {
    this.#checks.set(check.name, check);
    return () => {
      this.#checks.delete(check.name);
      this.#states.delete(check.name);
    };
  }

  start(): void {
    this.#timer ??= setInterval(() => void this.look(), this.options.interval_ms ?? 5000).unref();
  }

  stop(): void {
    clearInterval(this.#timer);
    this.#timer = undefined;
  }

  /** As they were found last, at once; a part that was not looked at yet is not among them. */
  get last(): Parts {
    const checks = [...this.#checks.values()].filter(({ name }) => this.#states.has(name));
    const isOk = ({ name }: PartCheck): boolean => this.#states.get(name)?.status === 'ok';
    return {
      ready: checks.every((check) => check.needed === false || isOk(check)),
      parts: Object.fromEntries(checks.map(({ name }) => [name, this.#states.get(name) as PartState])),
    };
  }

  /** Looks at all of them now; who asks while a part is being looked at gets what comes of that. */
  async look(): Promise<Parts> {
    await Promise.all([...this.#checks.values()].map((check) => this.#lookOnce(check)));
    return this.last;
  }

  /** Many may ask at a time, and what hangs must not be begun ever again. */
  #lookOnce(check: PartCheck): Promise<void> {
    const looking = this.#looking.get(check);
    if (looking) return looking;
    const begun = this.#look(check).finally(() => this.#looking.delete(check));
    this.#looking.set(check, begun);
    return begun;
  }

  async #look(check: PartCheck): Promise<void> {
    const { longest_ms = 3000, now = Date.now } = this.options;
    const done = new AbortController();
    const late = sleep(longest_ms, `${check.title ?? check.name} has not answered for ${longest_ms} ms`, {
      ref: false,
      signal: done.signal,
    }).catch(() => 'ok');
    const found = await Promise.race([foundBy(check), late]);
    done.abort();
    // It was taken away meanwhile.
    if (this.#checks.get(check.name) !== check) return;
    const status = found === 'ok' ? 'ok' : 'unavailable';
    const before = this.#states.get(check.name);
    const since = before?.status === status ? before.since : new Date(now()).toISOString();
    this.#states.set(check.name, { status, since, ...(found !== 'ok' && { reason: found }) });
  }
}

async function foundBy(check: PartCheck): Promise<string> {
  try {
    return await check.look();
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}

/** @returns the same without what strangers are not told: addresses and paths may stand in a reason */
export function withoutPartReasons(parts: PartStates): PartStates {
  return Object.fromEntries(
    Object.entries(parts).map(([name, { status, since }]) => [name, { status, since }]),
  );
}
