import { type Kind } from '#columns';
import { MAX_CODES, type CodedColumn } from './coded-column.js';
import { WordTable } from './word-table.js';

/** Columns of many values first: those after them are then mostly the same for the same code. */
const ranks = {
  u64: 0,
  ip: 1,
  mac: 1,
  u32: 2,
  timestamp: 2,
  u16: 3,
  u8: 4,
  flags: 4,
  name: 5,
  enum: 6,
  bool: 7,
} satisfies Record<Kind, number>;

/** Rows by group: those that agree in some columns have one code, for a generation. */
export class GroupCodes {
  /** By place of the row. */
  codes: Int32Array = new Int32Array(0);
  /** Codes are below it. */
  size = 0;
  /** Counts the times that codes began anew. */
  generation = 0;
  readonly #first: CodedColumn | undefined;
  readonly #pairs: readonly { readonly column: CodedColumn; readonly codes: PairCodes }[];
  #generations: number[] = [];
  #own: Int32Array = new Int32Array(0);
  #keys: (string | undefined)[] = [];

  constructor(private readonly columns: readonly CodedColumn[]) {
    const rank = ({ definition }: CodedColumn): number => ranks[definition.kind];
    const [first, ...more] = [...columns].sort((a, b) => rank(a) - rank(b));
    this.#first = first;
    this.#pairs = more.map((column) => ({ column, codes: new PairCodes() }));
  }

  /** The columns have the rows of another batch. */
  fill(rows: number): void {
    const old = this.columns.some(({ generation }, i) => generation !== this.#generations[i]);
    if (old || this.#pairs.some(({ codes }) => codes.size > MAX_CODES)) this.#reset();
    const { columns } = this;
    if (this.#own.length < rows && columns.length !== 1) this.#own = new Int32Array(2 * rows);
    this.codes = columns.length === 1 ? (this.#first as CodedColumn).codes : this.#own;
    let before = this.#first?.codes as Int32Array;
    for (const { column, codes } of this.#pairs) {
      codes.join(before, column.codes, this.#own, rows);
      before = this.#own;
    }
    this.size = this.#pairs.at(-1)?.codes.size ?? this.#first?.size ?? 1;
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
    for (const { codes } of this.#pairs) codes.clear();
  }
}

/** Codes of pairs of codes. */
class PairCodes {
  readonly #table = new WordTable(2);
  readonly #pair = new Uint32Array(2);
  /** By left code: the right one that it was with last, and their code. */
  #rights = new Int32Array(0);
  #known = new Int32Array(0);

  get size(): number {
    return this.#table.size;
  }

  clear(): void {
    this.#table.clear();
    this.#rights = new Int32Array(0);
    this.#known = new Int32Array(0);
  }

  /** @param to may be `left` */
  join(left: Int32Array, right: Int32Array, to: Int32Array, rows: number): void {
    for (let i = 0; i < rows; i++) {
      const [l, r] = [left[i] as number, right[i] as number];
      to[i] = this.#rights[l] === r ? (this.#known[l] as number) : this.#find(l, r);
    }
  }

  #find(left: number, right: number): number {
    this.#pair[0] = left;
    this.#pair[1] = right;
    const code = this.#table.number(this.#pair, 0);
    if (left >= this.#rights.length) this.#grow(left);
    this.#rights[left] = right;
    this.#known[left] = code;
    return code;
  }

  #grow(least: number): void {
    const rights = new Int32Array(2 * Math.max(least, 64)).fill(-1);
    const known = new Int32Array(rights.length);
    rights.set(this.#rights);
    known.set(this.#known);
    this.#rights = rights;
    this.#known = known;
  }
}

/** @returns a text that no other values have */
export function groupKey(values: readonly string[]): string {
  if (values.length === 1) return values[0] as string;
  let key = '';
  for (const value of values) key += `${value.length}:${value}`;
  return key;
}
