import { type RowSource } from '#columns';
import { type Predicate } from '#filter';
import { type CodedColumn } from './coded-column.js';

const NO = 1;
const YES = 2;

/** A test's answers for the codes of a column. */
export class Answers {
  #matches: (code: number) => boolean;
  /** By code: 0 = not asked yet. */
  #known = new Uint8Array(64);
  #generation = -1;
  readonly #source: RowSource;

  constructor(
    private readonly predicate: Predicate,
    private readonly column: CodedColumn,
  ) {
    this.#source = { rows: 0, get: (_column, code) => column.value(code) as never };
    this.#matches = predicate(this.#source);
  }

  /** @returns how many of the batch's different values match */
  ask(): number {
    const { generation, size, distinct, distinctCount } = this.column;
    if (generation !== this.#generation) this.#forget(generation);
    if (this.#known.length < size) this.#grow(size);
    const known = this.#known;
    let matching = 0;
    for (let i = 0; i < distinctCount; i++) {
      const code = distinct[i] as number;
      if (known[code] === 0) known[code] = this.#matches(code) ? YES : NO;
      if (known[code] === YES) matching++;
    }
    return matching;
  }

  /** Writes a bit for each row. */
  write(words: Uint32Array, rows: number): void {
    const { codes } = this.column;
    const known = this.#known;
    for (let word = 0, i = 0; i < rows; word++) {
      const end = Math.min(i + 32, rows);
      let bits = 0;
      for (let bit = 0; i < end; i++, bit++) bits |= ((known[codes[i] as number] as number) >> 1) << bit;
      words[word] = bits;
    }
  }

  /** A test of a pattern keeps answers of its own, so it is made anew. */
  #forget(generation: number): void {
    this.#generation = generation;
    this.#known.fill(0);
    this.#matches = this.predicate(this.#source);
  }

  #grow(size: number): void {
    const larger = new Uint8Array(2 * size);
    larger.set(this.#known);
    this.#known = larger;
  }
}
