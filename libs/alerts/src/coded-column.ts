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

/** Words of a value in Arrow's layout, or what else it is. */
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

/** Values that have a code at once: with more, codes begin anew. */
export const MAX_CODES = 65_536;

/**
 * A column of the rows of batch after batch as small numbers ("codes"): rows of one value have one code, so that a filter
 * asks each value once and each row costs a look into a table. A code stands for its value for a generation.
 */
export class CodedColumn {
  /** By place of the row; valid up to the number of rows. */
  codes: Int32Array = new Int32Array(0);
  /** The codes that the batch has, each once: the first `distinctCount`. */
  distinct = new Int32Array(64);
  distinctCount = 0;
  /** Counts the times that codes began anew. */
  generation = 0;
  readonly definition: ColumnDefinition;
  readonly #layout: (typeof layouts)[Kind];
  readonly #table: WordTable;
  /** Codes of texts, and of values that are not in Arrow's layout. */
  readonly #numbers = new Map<unknown, number>();
  #values: unknown[] = [];
  #texts: (string | undefined)[] = [];
  /** By code: the batch that had it last. */
  #stamps = new Uint32Array(64);
  #batch = 0;
  /** By number of the batch's own dictionary. */
  #translated = new Int32Array(0);

  constructor(readonly name: ColumnName) {
    this.definition = findColumn(name) as ColumnDefinition;
    this.#layout = layouts[this.definition.kind];
    this.#table = new WordTable(typeof this.#layout === 'number' ? this.#layout : 1);
  }

  /** Codes are below it. */
  get size(): number {
    return Math.max(this.#table.size, this.#numbers.size);
  }

  /** @param rows rows of the source; codes are by their places */
  fill(source: ColumnarSource, rows: Uint32Array): void {
    if (this.codes.length < rows.length) this.codes = new Int32Array(2 * rows.length);
    if (this.size > MAX_CODES) this.#reset();
    this.#batch++;
    this.distinctCount = 0;
    const raw = source.column?.(this.name);
    if (!raw) this.#fillAny(source, rows);
    else if (this.#layout === 'text') this.#fillTexts(raw, rows);
    else if (typeof this.#layout === 'number') this.#fillWords(wordsOf(raw.values), this.#layout, rows);
    else this.#fillSmall(raw.values, this.#layout, rows);
  }

  /** @returns the value that a code stands for */
  value(code: number): unknown {
    return (this.#values[code] ??= this.#valueOf(code));
  }

  /** @returns the value as the API shows it */
  text(code: number): string {
    return (this.#texts[code] ??= showValue(this.definition, this.value(code)));
  }

  #reset(): void {
    this.generation++;
    this.#table.clear();
    this.#numbers.clear();
    this.#values = [];
    this.#texts = [];
    this.#stamps.fill(0);
  }

  #fillTexts({ values, strings }: RawColumn, rows: Uint32Array): void {
    const texts = strings?.texts ?? [''];
    if (this.#translated.length < texts.length) this.#translated = new Int32Array(2 * texts.length);
    const translated = this.#translated.fill(-1, 0, texts.length);
    const indices = new Int32Array(values.buffer, values.byteOffset, values.byteLength >> 2);
    for (let i = 0; i < rows.length; i++) {
      const index = indices[rows[i] as number] as number;
      let code = translated[index] as number;
      if (code < 0) {
        code = this.#numberOf(texts[index] as string, texts[index]);
        translated[index] = code;
        this.#see(code);
      }
      this.codes[i] = code;
    }
  }

  #fillWords(words: Uint32Array, width: number, rows: Uint32Array): void {
    for (let i = 0; i < rows.length; i++)
      this.#put(i, this.#table.number(words, (rows[i] as number) * width));
  }

  #fillSmall(values: Uint8Array, layout: 'u8' | 'u16' | 'bit' | 'text', rows: Uint32Array): void {
    const wide = new Uint16Array(values.buffer, values.byteOffset, values.byteLength >> 1);
    const word = new Uint32Array(1);
    for (let i = 0; i < rows.length; i++) {
      const row = rows[i] as number;
      if (layout === 'u16') word[0] = wide[row] as number;
      else if (layout === 'u8') word[0] = values[row] as number;
      else word[0] = ((values[row >> 3] as number) >> (row & 7)) & 1;
      this.#put(i, this.#table.number(word, 0));
    }
  }

  /** A source of another layout, or a stream that lacks the column. */
  #fillAny(source: RowSource, rows: Uint32Array): void {
    const words = new Uint32Array(4);
    for (let i = 0; i < rows.length; i++) {
      const value: unknown = source.get(this.name, rows[i] as number);
      if (this.#layout === 'text') this.#put(i, this.#numberOf(value as string, value));
      else {
        toWords(value, words);
        this.#put(i, this.#table.number(words, 0));
      }
    }
  }

  #put(i: number, code: number): void {
    this.codes[i] = code;
    if (this.#stamps[code] !== this.#batch) this.#see(code);
  }

  #see(code: number): void {
    if (code >= this.#stamps.length) this.#stamps = doubled(this.#stamps, code);
    this.#stamps[code] = this.#batch;
    if (this.distinctCount === this.distinct.length)
      this.distinct = doubled(this.distinct, this.distinctCount);
    this.distinct[this.distinctCount++] = code;
  }

  #numberOf(key: string, value: unknown): number {
    const known = this.#numbers.get(key);
    if (known !== undefined) return known;
    const code = this.#numbers.size;
    this.#numbers.set(key, code);
    this.#values[code] = value;
    return code;
  }

  #valueOf(code: number): unknown {
    const table = this.#table;
    const { kind } = this.definition;
    if (kind === 'bool') return table.word(code, 0) === 1;
    if (kind === 'ip') {
      const words = Uint32Array.from([0, 1, 2, 3], (index) => table.word(code, index));
      return new Uint8Array(words.buffer);
    }
    if (this.#layout !== 2) return table.word(code, 0);
    const [low, high] = [table.word(code, 0), table.word(code, 1)];
    return kind === 'timestamp' ? high * 2 ** 32 + low : (BigInt(high) << 32n) | BigInt(low);
  }
}

function doubled<A extends Uint32Array | Int32Array>(array: A, least: number): A {
  const larger = new (array.constructor as new (length: number) => A)(2 * Math.max(array.length, least));
  larger.set(array);
  return larger;
}

/** Puts a value of any kind but text as Arrow has it. */
function toWords(value: unknown, words: Uint32Array): void {
  if (value instanceof Uint8Array) new Uint8Array(words.buffer).set(value);
  else if (typeof value === 'bigint') {
    words[0] = Number(value & 0xffff_ffffn);
    words[1] = Number(value >> 32n);
  } else {
    const number = Number(value);
    words[0] = number % 2 ** 32;
    words[1] = number / 2 ** 32;
  }
}

/** A stream's values lie at a multiple of 8 bytes. */
export function wordsOf(values: Uint8Array): Uint32Array {
  return new Uint32Array(values.buffer, values.byteOffset, values.byteLength >> 2);
}
