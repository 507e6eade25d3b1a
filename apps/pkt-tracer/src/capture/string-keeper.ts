import { type StringHolder, type StringTable } from '#columns';
import { type ByteInterner } from '#nftrace';

/** A table below this is left alone: names and rule texts of a large ruleset take no more than some megabytes. */
const LEAST = 65_536;

/** Keeps the strings of a pipeline from growing with rulesets and interfaces that come and go. */
export class StringKeeper {
  #collectAt: number;

  /** @param holders all that keep numbers of `strings` between two passes, except `interner` */
  constructor(
    private readonly strings: StringTable,
    private readonly interner: Pick<ByteInterner, 'forget'>,
    private readonly holders: readonly StringHolder[],
    private readonly least = LEAST,
  ) {
    this.#collectAt = least;
  }

  /** Forgets what nobody holds any more, when the table has doubled since it was last looked through. */
  tidy(): void {
    if (this.strings.live < this.#collectAt) return;
    this.interner.forget(this.strings.collect(this.holders));
    this.#collectAt = Math.max(this.least, 2 * this.strings.live);
  }
}
