import { type CodedColumn } from './coded-column.js';
import { WordTable } from './word-table.js';

/** Rows of a batch by group: those that agree in some columns have one code. */
export class GroupCodes {
  /** By place of the row. */
  codes: Int32Array = new Int32Array(0);
  /** Codes are below it. */
  size = 0;
  readonly #table = new WordTable(2);
  #own = new Int32Array(0);
  #pair = new Int32Array(2);
  #keys: (string | undefined)[] = [];
  #columns: readonly CodedColumn[] = [];

  fill(columns: readonly CodedColumn[], rows: number): void {
    this.#columns = columns;
    this.#keys = [];
    const [first, ...more] = columns;
    if (first && more.length === 0) {
      this.codes = first.codes;
      this.size = first.size;
      return;
    }
    if (this.#own.length < rows) this.#own = new Int32Array(2 * rows);
    this.codes = this.#own;
    this.size = 1;
    if (!first) this.#own.fill(0, 0, rows);
    let before = first?.codes ?? this.#own;
    for (const column of more) {
      this.#join(before, column.codes, rows);
      before = this.#own;
    }
  }

  /** @returns the values by which the row at that place is grouped, as the API shows them */
  values(place: number): string[] {
    return this.#columns.map((column) => column.text(column.codes[place] as number));
  }

  /** @returns a text that only this group has. @param place of one of its rows */
  key(code: number, place: number): string {
    return (this.#keys[code] ??= groupKey(this.values(place)));
  }

  #join(left: Int32Array, right: Int32Array, rows: number): void {
    const pair = this.#pair;
    const table = this.#table;
    table.clear(rows);
    for (let i = 0; i < rows; i++) {
      pair[0] = left[i] as number;
      pair[1] = right[i] as number;
      this.#own[i] = table.number(pair, 0);
    }
    this.size = table.size;
  }
}

/** @returns a text that no other values have */
export function groupKey(values: readonly string[]): string {
  if (values.length === 1) return values[0] as string;
  let key = '';
  for (const value of values) key += `${value.length}:${value}`;
  return key;
}
