/** A search for what is not there reads to the end: after so many in a table the rest of it is given up. */
export const MAX_MISSES = 100;

/** Goes through a listing from front to back. */
export class Search {
  /** How often `until` has read on for nothing */
  misses = 0;
  /** Of the next line's first character */
  #at = 1;

  constructor(private readonly listing: string) {}

  get length(): number {
    return this.listing.length;
  }

  slice(from: number, to: number): string {
    return this.listing.slice(from, to);
  }

  /**
   * Goes behind the next line that starts like this; its handle must end there.
   * @param line begins with the line break before it
   * @returns where it starts; -1 when there is none
   */
  head(line: string): number {
    for (let from = this.#at - 1; this.misses < MAX_MISSES;) {
      const at = this.listing.indexOf(line, from);
      if (at < 0) break;
      const end = at + line.length;
      if (!/\d/.test(this.listing.charAt(end))) {
        this.#at = this.listing.indexOf('\n', end) + 1 || this.length;
        return at + 1;
      }
      from = end;
    }
    this.misses++;
    return -1;
  }

  /** @returns what it has passed over, where that is next */
  pass(text: string): string {
    if (!this.listing.startsWith(text, this.#at)) return '';
    this.#at += text.length;
    return text;
  }

  /** @returns the line that it has passed over, where the next one starts like this */
  passLine(start: string): string {
    if (!this.listing.startsWith(start, this.#at)) return '';
    const from = this.#at;
    this.#at = this.listing.indexOf('\n', from) + 1 || this.length;
    return this.listing.slice(from, this.#at);
  }

  /** @returns what stands before the next line that is just this, and goes behind that line */
  block(last: string): string | undefined {
    const end = this.listing.indexOf(`\n${last}\n`, this.#at - 1);
    if (end < 0) return undefined;
    const text = this.listing.slice(this.#at, end + 1);
    this.#at = end + 2 + last.length;
    return text;
  }

  /** Where it is now */
  get at(): number {
    return this.#at;
  }

  /** @returns what stands before `mark`, if `accept` says that it may; then goes behind the mark */
  until(mark: string, accept: (text: string) => boolean): string | undefined {
    if (this.misses >= MAX_MISSES) return undefined;
    const end = this.listing.indexOf(mark, this.#at);
    const text = end < 0 ? undefined : this.listing.slice(this.#at, end);
    if (text === undefined || !accept(text)) {
      this.misses++;
      return undefined;
    }
    this.#at = end + mark.length;
    return text;
  }
}
