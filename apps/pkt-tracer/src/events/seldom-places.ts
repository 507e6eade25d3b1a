/** Places that are kept count of; beyond them none counts as seldom until the second is over. */
const MOST_PLACES = 10_000;

/**
 * Places that have had few events within a second, a hundredth of the rate, and at least one: they may have what is kept
 * for them when others have used up all the rest. Batches of one network namespace do not see what comes in another's.
 */
export class SeldomPlaces {
  readonly #few: number;
  readonly #had = new Map<string, number>();
  #since_ms = -Infinity;

  /** @param rate a second; 0 = no limit */
  constructor(rate: number) {
    this.#few = Math.max(1, Math.floor(rate / 100));
  }

  /**
   * @param places what they ask for @param shares what they have got of it @param left what there is besides
   * @param now_ms of a clock that only goes forward
   * @returns how much each gets besides
   */
  shares(
    places: readonly { readonly subject: string; readonly asked: number }[],
    shares: readonly number[],
    left: number,
    now_ms: number,
  ): number[] {
    if (now_ms - this.#since_ms >= 1000) {
      this.#had.clear();
      this.#since_ms = now_ms;
    }
    let rest = left;
    return places.map(({ subject, asked }, at) => {
      const had = (this.#had.get(subject) ?? 0) + (shares[at] ?? 0);
      const more = Math.max(0, Math.min(asked - (shares[at] ?? 0), this.#few - had, rest));
      if (!this.#had.has(subject) && this.#had.size >= MOST_PLACES) return 0;
      this.#had.set(subject, had + more);
      rest -= more;
      return more;
    });
  }
}
