/** Strings by number, so that rows hold numbers. Number 0 is the empty string. */
export class StringTable {
  readonly #strings: string[] = [''];
  readonly #ids = new Map<string, number>([['', 0]]);

  get size(): number {
    return this.#strings.length;
  }

  /** @returns the number of `text`, a new one if it has none yet */
  id(text: string): number {
    const known = this.#ids.get(text);
    if (known !== undefined) return known;
    const id = this.#strings.length;
    this.#strings.push(text);
    this.#ids.set(text, id);
    return id;
  }

  /** @returns the text of a number; '' for a number never given out */
  text(id: number): string {
    return this.#strings[id] ?? '';
  }
}
