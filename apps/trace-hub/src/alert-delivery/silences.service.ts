import { randomBytes } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { Injectable, type OnApplicationBootstrap, type OnModuleDestroy } from '@nestjs/common';
import { Repeats } from '#app-kit';
import {
  type AlertMessage,
  packSilence,
  parseSilence,
  type Silence,
  SilenceBook,
  silenceKey,
  silenceKeys,
  StateBucket,
} from '#bus';
import { Problem, unavailable } from '../http/problem.js';
import { HubParts } from '../parts.js';

/** Each is looked at for each alert. */
const maxSilences = 1000;
const retryMs = 1000;
const lookMs = 60_000;
/** One that is over is shown for so long, for those who wonder why an alert was silent. */
const keptMs = 3_600_000;

/** What somebody asks for; checked already. */
export type NewSilence = Pick<Silence, 'match' | 'until' | 'comment' | 'by'>;

/** The silences that all hubs share, in a bucket of NATS. */
@Injectable()
export class SilencesService implements OnApplicationBootstrap, OnModuleDestroy {
  readonly #book = new SilenceBook();
  readonly #bucket: StateBucket;
  readonly #stop = new AbortController();
  readonly #repeats: Repeats;
  #tellLoaded: () => void = () => undefined;
  /** Resolves when those that there were at the start are known. */
  readonly whenLoaded = new Promise<void>((resolve) => (this.#tellLoaded = resolve));
  #work: Promise<unknown> = Promise.resolve();

  constructor(private readonly parts: HubParts) {
    this.#bucket = new StateBucket(parts.bus.whenOpen);
    this.#repeats = new Repeats(parts.log);
  }

  onApplicationBootstrap(): void {
    this.#work = Promise.all([this.#follow(), this.#tidy()]);
  }

  async onModuleDestroy(): Promise<void> {
    this.#stop.abort();
    await this.#work;
  }

  /** @returns a silence that is in force and matches the alert */
  find(
    alert: Pick<AlertMessage, 'rule' | 'severity' | 'group' | 'labels'>,
    now_ms = Date.now(),
  ): Silence | undefined {
    return this.#book.find(alert, now_ms);
  }

  /** The one that ends first comes first; those that are over for an hour at most are among them. */
  get all(): readonly Silence[] {
    return this.#book.all;
  }

  /** @throws Problem 409 where there are too many, 503 where NATS is away */
  async add(wanted: NewSilence): Promise<Silence> {
    if (this.#book.all.length >= maxSilences)
      throw new Problem(
        409,
        `there are ${maxSilences} silences, and no more are taken; delete some, or match more with one`,
      );
    const id = randomBytes(8).toString('hex');
    const silence: Silence = { id, created_at: new Date().toISOString(), ...wanted };
    await this.#reached(() => this.#bucket.put(silenceKey(id), packSilence(silence), 0));
    this.#book.put(silence);
    return silence;
  }

  /** @throws Problem 404 where there is none, 503 where NATS is away */
  async remove(id: string): Promise<void> {
    const there = /^[\w-]{1,255}$/.test(id) && (await this.#reached(() => this.#bucket.get(silenceKey(id))));
    if (!there) throw new Problem(404, `there is no silence "${id.slice(0, 100)}"`, { field: 'id' });
    await this.#reached(() => this.#bucket.delete(silenceKey(id)));
    this.#book.delete(id);
  }

  async #reached<T>(ask: () => Promise<T>): Promise<T> {
    if (!this.parts.bus.connected) throw unavailable('NATS is away, where silences are kept; try again');
    try {
      return await ask();
    } catch (cause) {
      const why = cause instanceof Error ? cause.message : String(cause);
      throw unavailable(`NATS, where silences are kept, does not answer (${why}); try again`, cause);
    }
  }

  async #follow(): Promise<void> {
    const { signal } = this.#stop;
    const stopped = new Promise<undefined>((resolve) =>
      signal.addEventListener('abort', () => resolve(undefined)),
    );
    // Whoever connects reports that it failed.
    const bus = await Promise.race([this.parts.bus.whenOpen, stopped]).catch(() => undefined);
    if (!bus) return;
    while (!signal.aborted) {
      try {
        await bus.whenConnected(signal);
        await this.#load();
        this.#tellLoaded();
        await this.#bucket.watch(silenceKeys, (key, entry) => this.#take(key, entry?.bytes), signal);
      } catch (error) {
        if (signal.aborted) return;
        const why = error instanceof Error ? error.message : String(error);
        this.#repeats.warn('silences', `silences cannot be read from NATS (${why}); trying again`);
      }
      await sleep(retryMs, undefined, { signal }).catch(() => undefined);
    }
  }

  /** Those that were deleted while nobody listened go, too. */
  async #load(): Promise<void> {
    const keys = await this.#bucket.keys(silenceKeys);
    for (const { id } of this.#book.all) if (!keys.includes(silenceKey(id))) this.#book.delete(id);
    for (const key of keys) this.#take(key, (await this.#bucket.get(key))?.bytes);
  }

  #take(key: string, bytes: Uint8Array | undefined): void {
    const id = key.slice(silenceKey('').length);
    if (bytes === undefined) return this.#book.delete(id);
    const silence = parseSilence(bytes);
    if ('malformed' in silence) {
      this.#repeats.warn(
        key,
        `the silence ${id} in NATS is not understood (${silence.malformed}), and not used`,
      );
    } else if (silence.id === id) this.#book.put(silence);
  }

  async #tidy(): Promise<void> {
    const { signal } = this.#stop;
    while (!signal.aborted) {
      await sleep(lookMs, undefined, { signal, ref: false }).catch(() => undefined);
      if (signal.aborted || !this.parts.bus.connected) continue;
      const over = this.#book.all.filter(({ until }) => Date.parse(until) + keptMs < Date.now());
      for (const { id } of over) {
        // Another hub may do so first; one that cannot be deleted is over all the same.
        await this.#bucket.delete(silenceKey(id)).then(
          () => this.#book.delete(id),
          () => undefined,
        );
      }
    }
  }
}
