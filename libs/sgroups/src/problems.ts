/** Problems of one sort that are told one by one; the rest is a number. */
const TOLD = 5;

interface Sort {
  readonly told: string[];
  more: number;
}

/** What is wrong with data that is used all the same: a sentence each, and a number where there are many of a sort. */
export class Problems {
  readonly #sorts = new Map<string, Sort>();

  /** @param sort what such problems are in the plural, to follow a number: `networks with a malformed CIDR` */
  add(sort: string, sentence: () => string): void {
    const known = this.#sorts.get(sort) ?? { told: [], more: 0 };
    this.#sorts.set(sort, known);
    if (known.told.length < TOLD) known.told.push(sentence());
    else known.more++;
  }

  get list(): string[] {
    return [...this.#sorts].flatMap(([sort, { told, more }]) =>
      more === 0 ? told : [...told, `and ${more} more ${sort}`],
    );
  }
}
