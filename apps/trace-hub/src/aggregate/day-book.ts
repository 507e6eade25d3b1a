import { day_us, type Span } from '#clickhouse';

/** Agents deliver what they kept while the hub was away, and repairs end, within this of a day's end as a rule. */
const closed_us = 3600e6;
/** Where they do not, an answer is so old at most. */
const old_us = 300e6;

interface Page<T> {
  readonly entries: readonly T[];
  readonly read_us: number;
}

/** What was found of whole UTC days that are over, so that it is not looked for again with each question. */
export class DayBook<T extends { readonly day: number }> {
  readonly #pages = new Map<number, Page<T>>();

  /** @returns what is known, by day; none of a day that is not wholly within the range */
  within(range: Span, now_us: number): ReadonlyMap<number, readonly T[]> {
    for (const [day, { read_us }] of this.#pages) if (now_us - read_us > old_us) this.#pages.delete(day);
    const known = [...this.#pages].filter(([day]) => isWithin(day, range));
    return new Map(known.map(([day, { entries }]) => [day, entries]));
  }

  /** @param found all that there is of the range, but for days that were known */
  keep(found: readonly T[], range: Span, now_us: number): void {
    const days = new Set(found.map(({ day }) => day));
    for (const day of days) {
      if (!isWithin(day, range) || (day + 1) * day_us + closed_us > now_us) continue;
      this.#pages.set(day, { entries: found.filter((entry) => entry.day === day), read_us: now_us });
    }
  }
}

const isWithin = (day: number, { from_us, to_us }: Span): boolean =>
  day * day_us >= from_us && (day + 1) * day_us <= to_us;
