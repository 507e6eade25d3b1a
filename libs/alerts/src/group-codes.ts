import { MAX_CODES, type CodedColumn } from './coded-column.js';
import { WordTable } from './word-table.js';

/** Rows by group: those that agree in some columns have one code, for a generation. */
export class GroupCodes {
  /** By place of the row. */
  codes: Int32Array = new Int32Array(0);
  /** Codes are below it. */
  size = 0;
  /** Counts the times that codes began anew. */
  generation = 0;
  readonly #tables: readonly WordTable[];
  readonly #pair = new Uint32Array(2);
  #generations: number[] = [];
  #own: Int32Array = new Int32Array(0);
  #keys: (string | undefined)[] = [];

  constructor(private readonly columns: readonly CodedColumn[]) {
    this.#tables = columns.slice(1).map(() => new WordTable(2));
  }

  /** The columns have the rows of another batch. */
  fill(rows: number): void {
    const { columns } = this;
    const old = columns.some(({ generation }, i) => generation !== this.#generations[i]);
    if (old || this.#tables.some(({ size }) => size > MAX_CODES)) this.#reset();
    const [first, ...more] = columns;
    if (this.#own.length < rows && columns.length !== 1) this.#own = new Int32Array(2 * rows);
    this.codes = more.length === 0 && first ? first.codes : this.#own;
    let before = first?.codes;
    for (const [i, column] of more.entries()) {
      this.#join(this.#tables[i] as WordTable, before as Int32Array, column.codes, rows);
      before = this.#own;
    }
    this.size = this.#tables.at(-1)?.size ?? (first ? first.size : 1);
  }

  /** @returns the values by which the row at that place is grouped, as the API shows them */
  values(place: number): string[] {
    return this.columns.map((column) => column.text(column.codes[place] as number));
  }

  /** @returns a text that only this group has. @param place of one of its rows */
  key(code: number, place: number): string {
    return (this.#keys[code] ??= groupKey(this.values(place)));
  }

  #reset(): void {
    this.generation++;
    this.#keys = [];
    this.#generations = this.columns.map(({ generation }) => generation);
    for (const table of this.#tables) table.clear();
  }

  #join(table: WordTable, left: Int32Array, right: Int32Array, rows: number): void {
    const pair = this.#pair;
    let code = -1;
    for (let i = 0; i < rows; i++) {
      const [l, r] = [left[i] as number, right[i] as number];
      // Rows that follow each other often agree.
      if (code < 0 || pair[0] !== l || pair[1] !== r) {
        pair[0] = l;
        pair[1] = r;
        code = table.number(pair, 0);
      }
      this.#own[i] = code;
    }
  }
}

/** @returns a text that no other values have */
export function groupKey(values: readonly string[]): string {
  if (values.length === 1) return values[0] as string;
  let key = '';
  for (const value of values) key += `${value.length}:${value}`;
  return key;
}
