/** Whoever keeps numbers of a StringTable beyond a call. */
export interface StringHolder {
  /** Calls `keep` with every number that it still holds. */
  markStrings(keep: (id: number) => void): void;
}

/**
 * Strings by number, so that rows hold numbers. Number 0 is the empty string. A string stays until `collect` finds
 * that nobody holds its number; the number is then given to another string.
 */
export class StringTable {
  readonly #strings: string[] = [''];
  readonly #ids = new Map<string, number>([['', 0]]);
  readonly #free: number[] = [];

  /** One more than the highest number ever given out */
  get size(): number {
    return this.#strings.length;
  }

  /** Strings that have a number now */
  get live(): number {
    return this.#ids.size;
  }

  /** @returns the number of `text`, a new one if it has none yet */
  id(text: string): number {
    const known = this.#ids.get(text);
    if (known !== undefined) return known;
    const id = this.#free.pop() ?? this.#strings.length;
    this.#strings[id] = text;
    this.#ids.set(text, id);
    return id;
  }

  /** @returns the text of a number; '' for a number that no string has */
  text(id: number): string {
    return this.#strings[id] ?? '';
  }

  /**
   * Forgets the strings whose numbers nobody holds. Numbers kept elsewhere than in `holders` are wrong afterwards.
   * @returns whether a number is still in use, for those who keep a cache of their own
   */
  collect(holders: readonly StringHolder[]): (id: number) => boolean {
    const used = new Uint8Array(this.#strings.length);
    used[0] = 1;
    const keep = (id: number): void => {
      used[id] = 1;
    };
    for (const holder of holders) holder.markStrings(keep);
    for (const [text, id] of this.#ids) {
      if (used[id] === 1) continue;
      this.#ids.delete(text);
      this.#strings[id] = '';
      this.#free.push(id);
    }
    return (id) => used[id] === 1;
  }
}
