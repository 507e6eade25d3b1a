import {
  findColumn,
  formatFlags,
  formatIp,
  formatMac,
  formatTimestamp,
  type ColumnDefinition,
  type ColumnName,
  type Kind,
  type KindValue,
  type RowSource,
} from '#columns';
import { WordTable } from './word-table.js';

/** A column as an Arrow stream has it. */
interface RawColumn {
  readonly values: Uint8Array;
  readonly strings?: { readonly texts: readonly string[] } | undefined;
}

/** A RowSource that may have its columns in Arrow's layout, as the hub's decoded batches do: no value is made of a row then. */
export interface ColumnarSource extends RowSource {
  column?(name: ColumnName): RawColumn | undefined;
}

/** Words of a value in Arrow's layout; `other`: not a multiple of 32 bits. */
const layouts = {
  timestamp: 2,
  u8: 'u8',
  u16: 'u16',
  u32: 1,
  u64: 2,
  bool: 'bit',
  name: 'text',
  enum: 'text',
  ip: 4,
  mac: 2,
  flags: 1,
} satisfies Record<Kind, number | 'u8' | 'u16' | 'bit' | 'text'>;

type Show = (value: unknown, column: ColumnDefinition) => string;

const shows = {
  timestamp: formatTimestamp,
  u8: String,
  u16: String,
  u32: String,
  u64: String,
  bool: String,
  name: String,
  enum: String,
  ip: (bytes) => formatIp(bytes),
  mac: formatMac,
  flags: (mask, { bits }) => formatFlags(mask, bits ?? []),
} satisfies { [K in Kind]: (value: KindValue[K], column: ColumnDefinition) => string };

/** @returns a value as the API shows it, as a text */
export function showValue(column: ColumnDefinition, value: unknown): string {
  return (shows[column.kind] as Show)(value, column);
}

/**
 * A column of some rows of a batch as small numbers ("codes"): rows of one value have one code, so that a filter asks
 * each value once and each row costs a look into a table.
 */
export class CodedColumn {
  /** By place of the row; valid up to the number of rows. */
  codes = new Int32Array(0);
  /** Codes are below it. */
  size = 0;
  readonly definition: ColumnDefinition;
  readonly #table: WordTable;
  readonly #others = new Map<unknown, number>();
  #firsts = new Int32Array(0);
  #values: unknown[] = [];
  #texts: (string | undefined)[] = [];
  #source: ColumnarSource | undefined;
  #rows: Uint32Array = new Uint32Array(0);
  #strings: readonly string[] | undefined;

  constructor(readonly name: ColumnName) {
    this.definition = findColumn(name) as ColumnDefinition;
    const layout = layouts[this.definition.kind];
    this.#table = new WordTable(typeof layout === 'number' ? layout : 1);
  }

  /** @param rows rows of the source; codes are by their places */
  fill(source: ColumnarSource, rows: Uint32Array): void {
    if (this.codes.length < rows.length) {
      this.codes = new Int32Array(rows.length * 2);
      this.#firsts = new Int32Array(Math.max(rows.length * 2, 256));
    }
    this.#source = source;
    this.#rows = rows;
    this.#strings = undefined;
    this.#values = [];
    this.#texts = [];
    const raw = source.column?.(this.name);
    if (raw) this.#fillRaw(raw, rows);
    // A column that a batch in Arrow's layout lacks has one value.
    else if (source.column) this.#fillSame(rows);
    else this.#fillOthers(source, rows);
  }

  /** @returns the value that a code stands for */
  value(code: number): unknown {
    if (this.#strings) return this.#strings[code];
    return (this.#values[code] ??= this.#source?.get(
      this.name,
      this.#rows[this.#firsts[code] as number] as number,
    ));
  }

  /** @returns the value as the API shows it */
  text(code: number): string {
    if (this.#strings) return this.#strings[code] as string;
    return (this.#texts[code] ??= showValue(this.definition, this.value(code)));
  }

  #fillRaw({ values, strings }: RawColumn, rows: Uint32Array): void {
    const layout = layouts[this.definition.kind];
    if (layout === 'text') {
      this.#strings = strings?.texts ?? [''];
      this.size = this.#strings.length;
      const indices = new Int32Array(values.buffer, values.byteOffset, values.byteLength >> 2);
      for (let i = 0; i < rows.length; i++) this.codes[i] = indices[rows[i] as number] as number;
      return;
    }
    if (typeof layout === 'number') this.#fillWords(wordsOf(values), layout, rows);
    else this.#fillSmall(values, layout, rows);
  }

  #fillWords(words: Uint32Array, width: number, rows: Uint32Array): void {
    const table = this.#table;
    table.clear(rows.length);
    let known = 0;
    for (let i = 0; i < rows.length; i++) {
      const code = table.number(words, (rows[i] as number) * width);
      // New keys are numbered in their order.
      if (code === known) this.#firsts[known++] = i;
      this.codes[i] = code;
    }
    this.size = known;
  }

  #fillSmall(values: Uint8Array, layout: 'u8' | 'u16' | 'bit', rows: Uint32Array): void {
    const table = this.#table;
    table.clear(rows.length);
    const wide = new Uint16Array(values.buffer, values.byteOffset, values.byteLength >> 1);
    const word = new Uint32Array(1);
    let known = 0;
    for (let i = 0; i < rows.length; i++) {
      const row = rows[i] as number;
      if (layout === 'u16') word[0] = wide[row] as number;
      else if (layout === 'u8') word[0] = values[row] as number;
      else word[0] = ((values[row >> 3] as number) >> (row & 7)) & 1;
      const code = table.number(word, 0);
      if (code === known) this.#firsts[known++] = i;
      this.codes[i] = code;
    }
    this.size = known;
  }

  #fillSame(rows: Uint32Array): void {
    this.codes.fill(0, 0, rows.length);
    this.#firsts[0] = 0;
    this.size = 1;
  }

  #fillOthers(source: RowSource, rows: Uint32Array): void {
    const known = this.#others;
    known.clear();
    const { kind } = this.definition;
    for (let i = 0; i < rows.length; i++) {
      const value: unknown = source.get(this.name, rows[i] as number);
      const key = kind === 'ip' ? formatIp(value as Uint8Array) : value;
      let code = known.get(key);
      if (code === undefined) {
        code = known.size;
        known.set(key, code);
        this.#firsts[code] = i;
      }
      this.codes[i] = code;
    }
    this.size = known.size;
  }
}

/** A stream's values lie at a multiple of 8 bytes. */
export function wordsOf(values: Uint8Array): Uint32Array {
  return new Uint32Array(values.buffer, values.byteOffset, values.byteLength >> 2);
}
