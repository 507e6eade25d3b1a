/** What one series has counted. */
export interface Series {
  /** Values of its labels, in the order of their names. */
  readonly labels: readonly string[];
  packets: number;
  bytes: number;
  /** When it last counted something. */
  at_ms: number;
}

/** What stands for each label by choice of those that found no room. A chain may have that name: one series is of both. */
export const OTHER = 'other';

/** How long a series has counted nothing that makes room for others, and how often those are looked for. */
const IDLE_MS = 3_600_000;
const SWEEP_MS = 60_000;

/** Room for series, shared by several families: what is hard about the limit. */
export class SeriesRoom {
  #used = 0;

  constructor(private readonly most: number) {}

  get used(): number {
    return this.#used;
  }

  /** @returns whether there was room for so many more */
  take(count: number): boolean {
    if (this.#used + count > this.most) return false;
    this.#used += count;
    return true;
  }

  give(count: number): void {
    this.#used -= count;
  }
}

export interface SeriesOptions {
  /** The words of the first label. Each has a series from the start for all that finds no room of its own. */
  readonly firsts: readonly string[];
  /** How many labels follow it. */
  readonly more: number;
  /** How many series of Prometheus one of these is. */
  readonly weight: number;
  readonly room: SeriesRoom;
}

/** Series of one family of metrics by the values of their labels: by the first one they add up whatever finds room. */
export class SeriesTable {
  readonly #known = new Map<string, Series>();
  readonly #others = new Map<string, Series>();
  #overflowed = 0;
  #forgotten = 0;
  #swept_ms = 0;

  constructor(private readonly options: SeriesOptions) {
    const { firsts, more, weight, room } = options;
    for (const first of firsts) {
      const labels = [first, ...Array.from({ length: more }, () => OTHER)];
      this.#others.set(first, { labels, packets: 0, bytes: 0, at_ms: 0 });
      room.take(weight);
    }
  }

  /** Packets that are in a series of their first label alone, for want of room. */
  get overflowed(): number {
    return this.#overflowed;
  }

  /** Packets of series that made room for others: they are in none any more, as rates must not see them twice. */
  get forgotten(): number {
    return this.#forgotten;
  }

  /** Counts packets. @param labels the first one among the words given @param now_ms of a clock that only goes forward */
  add(labels: readonly string[], packets: number, bytes: number, now_ms: number): void {
    const others = this.#others.get(labels[0] ?? '');
    if (!others) throw new RangeError(`there is no series for ${JSON.stringify(labels[0])}`);
    const isOther = labels.every((label, at) => at === 0 || label === OTHER);
    const own = isOther ? others : this.#own(labels, now_ms);
    if (!own) this.#overflowed += packets;
    const series = own ?? others;
    series.packets += packets;
    series.bytes += bytes;
    series.at_ms = now_ms;
  }

  /** @returns all that are shown: without labels by choice each first word, else those that have counted something */
  *[Symbol.iterator](): IterableIterator<Series> {
    const { more } = this.options;
    for (const series of this.#others.values()) if (more === 0 || series.packets > 0) yield series;
    yield* this.#known.values();
  }

  /** @returns the series of just these labels; undefined where there is none and no room for it */
  #own(labels: readonly string[], now_ms: number): Series | undefined {
    const key = keyOf(labels);
    const known = this.#known.get(key);
    if (known || !this.#hasRoom(now_ms)) return known;
    const series = { labels, packets: 0, bytes: 0, at_ms: now_ms };
    this.#known.set(key, series);
    return series;
  }

  /** Interfaces and chains come and go: those that are gone do not take the room for ever. */
  #hasRoom(now_ms: number): boolean {
    const { room, weight } = this.options;
    if (room.take(weight)) return true;
    if (now_ms - this.#swept_ms < SWEEP_MS) return false;
    this.#swept_ms = now_ms;
    for (const [key, { at_ms, packets }] of this.#known) {
      if (now_ms - at_ms < IDLE_MS) continue;
      this.#known.delete(key);
      this.#forgotten += packets;
      room.give(weight);
    }
    return room.take(weight);
  }
}

/** A name may hold any character but NUL. */
const keyOf = (labels: readonly string[]): string => labels.join('\0');
