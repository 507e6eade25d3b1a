import { type Filter, filterColumns } from '#filter';

/** A guess changes when it was wrong twice: from the surest to the other side. */
const surest = 3;
const likely = 2;

/**
 * Guesses whether the newest day has all the rows that a question asks for, from what the last questions of its kind found. A
 * kind is the columns that a filter looks at: who asks for the drops of one address after another asks for
 * busy ones, or for rare ones.
 */
export class DayGuess {
  /** Of each kind 0 (surely not) to 3 (surely), the one that was asked for last at the end. */
  readonly #kinds = new Map<string, number>();

  /** @param most kinds that are remembered; there are more than people ask in a while */
  constructor(private readonly most = 500) {}

  /** @returns a kind that has not been asked for is taken for one whose newest day is enough */
  enough(filter: Filter | undefined): boolean {
    return (this.#kinds.get(kindOf(filter)) ?? likely) >= likely;
  }

  learn(filter: Filter | undefined, enough: boolean): void {
    const kind = kindOf(filter);
    const before = this.#kinds.get(kind) ?? likely;
    this.#kinds.delete(kind);
    this.#kinds.set(kind, enough ? Math.min(before + 1, surest) : Math.max(before - 1, 0));
    const [oldest] = this.#kinds.keys();
    if (this.#kinds.size > this.most && oldest !== undefined) this.#kinds.delete(oldest);
  }
}

const kindOf = (filter: Filter | undefined): string => [...filterColumns(filter)].sort().join();
