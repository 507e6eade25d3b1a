import { type ColumnDefinition, formatFlags, type Kind } from '#columns';
import { StoreError } from './errors.js';

/** The forms that Visor itself gives to rows: JSON, a row a line, or CSV (RFC 4180) without its header. */
export type RowText = 'jsonl' | 'csv';

const newLine = 0x0a;
const quote = 0x22;
const comma = 0x2c;
const dot = 0x2e;
const open = 0x5b;
const backslash = 0x5c;
const close = 0x5d;
const space = 0x20;

const none: Uint8Array = new Uint8Array(0);

/** Where cells are read and written. */
interface Cursor {
  source: Uint8Array;
  at: number;
  /** Of the row that is read. */
  end: number;
  out: Uint8Array;
  length: number;
}

/** Writes one cell; afterwards `at` is behind it. */
type Cell = (cursor: Cursor, column: TextColumn) => void;

class TextColumn {
  readonly #flags = new Map<number, Uint8Array>();

  constructor(
    /** What stands before the cell in its row. */
    readonly before: Uint8Array,
    readonly write: Cell,
    private readonly bits: readonly string[] = [],
  ) {}

  /** A mask has few values in all traffic, though hostile packets may have any. */
  flags(mask: number): Uint8Array {
    const known = this.#flags.get(mask);
    if (known) return known;
    if (this.#flags.size >= 1024) this.#flags.clear();
    const text = Buffer.from(`"${formatFlags(mask, this.bits)}"`);
    this.#flags.set(mask, text);
    return text;
  }
}

function put(cursor: Cursor, bytes: Uint8Array, from = 0, to = bytes.length): void {
  const { out } = cursor;
  let { length } = cursor;
  // Of so few bytes a loop takes less than a call of set.
  for (let i = from; i < to; i++) out[length++] = bytes[i] as number;
  cursor.length = length;
}

/** A number, a truth value, or a string with its quotes and escapes. */
const copied: Cell = (cursor) => {
  const { source, out, end } = cursor;
  let { at, length } = cursor;
  if (source[at] === quote) {
    do {
      const byte = source[at++] as number;
      out[length++] = byte;
      if (byte === backslash) out[length++] = source[at++] as number;
    } while (source[at] !== quote && at < end);
    out[length++] = quote;
    at++;
  } else {
    for (let byte = source[at]; byte !== comma && byte !== close && at < end; byte = source[++at])
      out[length++] = byte as number;
  }
  cursor.at = at;
  cursor.length = length;
};

const escapes = new Map([...'bfnrt'].map((letter, i) => [letter.charCodeAt(0), [8, 12, 10, 13, 9][i] ?? 0]));
const letterU = 'u'.charCodeAt(0);

/** A string as CSV has it: nothing is escaped, and a quote is there twice. */
const unescaped: Cell = (cursor) => {
  const { source, out, end } = cursor;
  let { at, length } = cursor;
  out[length++] = quote;
  at++;
  for (let byte = source[at]; byte !== quote && at < end; byte = source[++at]) {
    if (byte !== backslash) {
      out[length++] = byte as number;
      continue;
    }
    const letter = source[++at] as number;
    if (letter === letterU) {
      const code = parseInt(String.fromCharCode(...source.subarray(at + 1, at + 5)), 16);
      for (const piece of Buffer.from(String.fromCharCode(code))) out[length++] = piece;
      at += 4;
      continue;
    }
    if (letter === quote) out[length++] = quote;
    out[length++] = escapes.get(letter) ?? letter;
  }
  out[length++] = quote;
  cursor.at = at + 1;
  cursor.length = length;
};

/** @returns behind the quote that ends the string */
function endOfString(source: Uint8Array, begin: number, end: number): number {
  let at = begin + 1;
  while (source[at] !== quote && at < end) at += source[at] === backslash ? 2 : 1;
  return at + 1;
}

const mapped = Buffer.from('"::ffff:');
const unspecified = Buffer.from('"::"');

function begins(source: Uint8Array, at: number, bytes: Uint8Array): boolean {
  for (let i = 0; i < bytes.length; i++) if (source[at + i] !== bytes[i]) return false;
  return true;
}

/** As formatIp has it. ClickHouse writes `::1.2.3.4` (RFC 4291 §2.5.5.1, deprecated) where RFC 5952 has `::102:304`. */
const address: Cell = (cursor) => {
  const { source, at, end, out } = cursor;
  const after = endOfString(source, at, end);
  let from = at;
  // A dot is within the last four numbers.
  const dotted = source[after - 3] === dot || source[after - 4] === dot || source[after - 5] === dot;
  if (dotted && begins(source, at, mapped)) from = at + mapped.length - 1;
  else if (begins(source, at, unspecified)) from = after - 2;
  else if (dotted) return compatible(cursor, after);
  out[cursor.length++] = quote;
  put(cursor, source, from + 1, after);
  cursor.at = after;
};

function compatible(cursor: Cursor, after: number): void {
  const text = Buffer.from(cursor.source.subarray(cursor.at + 3, after - 1)).toString('latin1');
  const [a = 0, b = 0, c = 0, d = 0] = text.split('.').map(Number);
  put(cursor, Buffer.from(`"::${(a * 256 + b).toString(16)}:${(c * 256 + d).toString(16)}"`));
  cursor.at = after;
}

/** @returns the number of a cell, which has quotes where it has 64 bits; what is above 2^53 is not exact */
function numberOf(cursor: Cursor): number {
  const { source, end } = cursor;
  let { at } = cursor;
  const quoted = source[at] === quote;
  if (quoted) at++;
  let value = 0;
  for (
    let byte = source[at] as number;
    byte >= 0x30 && byte <= 0x39 && at < end;
    byte = source[++at] as number
  )
    value = value * 10 + byte - 0x30;
  cursor.at = quoted ? at + 1 : at;
  return value;
}

const flags: Cell = (cursor, column) => put(cursor, column.flags(numberOf(cursor)));

const hex = Buffer.from('0123456789abcdef');

/** As formatMac has it. */
const mac: Cell = (cursor) => {
  const { out } = cursor;
  const value = numberOf(cursor);
  out[cursor.length++] = quote;
  if (value !== 0) {
    for (let shift = 40; shift >= 0; shift -= 8) {
      const byte = Math.floor(value / 2 ** shift) % 256;
      out[cursor.length++] = hex[byte >> 4] as number;
      out[cursor.length++] = hex[byte & 15] as number;
      if (shift > 0) out[cursor.length++] = 0x3a;
    }
  }
  out[cursor.length++] = quote;
};

const json = {
  timestamp: copied,
  u8: copied,
  u16: copied,
  u32: copied,
  u64: copied,
  bool: copied,
  name: copied,
  enum: copied,
  ip: address,
  mac,
  flags,
} satisfies Record<Kind, Cell>;

/** Of a cell as JSON has it, what a cell of either form is. */
const cells = {
  jsonl: json,
  csv: { ...json, name: unescaped, enum: unescaped },
} satisfies Record<RowText, Record<Kind, Cell>>;

/** What a row may be longer than its source by, beside what stands before its cells: flags by name and the rest of a mac. */
const longestFlags = 32 * 16;
const longestMac = 24;

/**
 * Gives rows the form of the API, from bytes to bytes: ClickHouse writes the columns as they are stored, which takes it half of what
 * expressions take. Strings are never decoded, so what is no UTF-8 stays as it is.
 */
export class RowTextWriter {
  readonly #columns: readonly TextColumn[];
  readonly #after: Uint8Array;
  readonly #more: number;
  readonly #cursor: Cursor = { source: none, at: 0, end: 0, out: none, length: 0 };

  constructor(columns: readonly ColumnDefinition[], form: RowText) {
    const before = ({ name }: ColumnDefinition, i: number): string => {
      if (form === 'csv') return i === 0 ? '' : ',';
      return `${i === 0 ? '{' : ','}${JSON.stringify(name)}:`;
    };
    this.#columns = columns.map(
      (column, i) => new TextColumn(Buffer.from(before(column, i)), cells[form][column.kind], column.bits),
    );
    this.#after = Buffer.from(form === 'csv' ? '\r\n' : '}\n');
    this.#more = this.#columns.reduce(
      (sum, { before }) => sum + before.length + longestMac,
      this.#after.length + longestFlags * columns.filter(({ kind }) => kind === 'flags').length,
    );
  }

  /**
   * @param rows JSONCompactEachRow: `["a", 1]`, a row a line; 64-bit numbers are strings, times are ISO 8601
   * @param turned whether the last is to be the first
   * @param head what stands before them
   * @throws StoreError for a row that has not these columns
   */
  write(
    rows: Uint8Array,
    turned = false,
    head = none,
  ): { readonly bytes: Uint8Array; readonly rows: number } {
    const cursor = this.#cursor;
    const ends = lineEnds(rows);
    cursor.source = rows;
    cursor.length = 0;
    cursor.out = Buffer.allocUnsafeSlow(head.length + 2 * rows.length + this.#more);
    put(cursor, head);
    for (let i = 0; i < ends.length; i++) {
      const line = turned ? ends.length - 1 - i : i;
      cursor.at = line === 0 ? 0 : (ends[line - 1] ?? 0) + 1;
      cursor.end = ends[line] ?? 0;
      this.#row(cursor);
    }
    const bytes = cursor.out.subarray(0, cursor.length);
    cursor.source = cursor.out = none;
    return { bytes, rows: ends.length };
  }

  #row(cursor: Cursor): void {
    const most = cursor.length + (cursor.end - cursor.at) + this.#more;
    if (most > cursor.out.length) grow(cursor, most);
    const { source } = cursor;
    let expected = open;
    for (const column of this.#columns) {
      if (source[cursor.at] !== expected) throw malformed(source, cursor);
      cursor.at++;
      while (source[cursor.at] === space) cursor.at++;
      put(cursor, column.before);
      column.write(cursor, column);
      expected = comma;
    }
    if (source[cursor.at] !== close) throw malformed(source, cursor);
    put(cursor, this.#after);
  }
}

function malformed(source: Uint8Array, { at, end }: Cursor): StoreError {
  const rest = JSON.stringify(Buffer.from(source.subarray(at, Math.min(end, at + 40))).toString());
  const sentence = `ClickHouse gave a row of other columns than were asked for: a cell is followed by ${rest}; look for a proxy that changes its answers.`;
  return new StoreError('read', 'failed', sentence);
}

function grow(cursor: Cursor, least: number): void {
  const larger = Buffer.allocUnsafeSlow(Math.max(least, cursor.out.length * 2));
  larger.set(cursor.out.subarray(0, cursor.length));
  cursor.out = larger;
}

function lineEnds(lines: Uint8Array): number[] {
  const bytes = Buffer.from(lines.buffer, lines.byteOffset, lines.length);
  const ends: number[] = [];
  for (let at = bytes.indexOf(newLine); at >= 0; at = bytes.indexOf(newLine, at + 1)) ends.push(at);
  return ends;
}

/** @returns the header of CSV, with its line's end */
export const csvHeader = (columns: readonly ColumnDefinition[]): Uint8Array =>
  Buffer.from(`${columns.map(({ name }) => `"${name}"`).join(',')}\r\n`);
