import { type WholeResult } from './engine.js';

const newLine = 0x0a;
const row = Buffer.from('{"row":');

interface Progress {
  readonly progress?: Readonly<Record<'read_rows' | 'read_bytes' | 'elapsed_ns', string>>;
}

/**
 * ClickHouse's JSONEachRowWithProgress, or JSONCompactEachRowWithProgress: a line is `{"row":…}`, `{"progress":{…}}` (all that was read until then) or about
 * the columns. The other formats do not tell what a query has read, or tell it before its end.
 * @param lines the rows are moved within it: a copy would be as large
 * @returns the rows, one a line, and what was read
 */
export function withoutProgress(lines: Uint8Array): WholeResult {
  const source = Buffer.from(lines.buffer, lines.byteOffset, lines.length);
  let length = 0;
  let told: Progress['progress'];
  let at = 0;
  while (at < source.length) {
    const found = source.indexOf(newLine, at);
    const end = found < 0 ? source.length : found;
    if (source.compare(row, 0, row.length, at, Math.min(at + row.length, end)) === 0) {
      source.copyWithin(length, at + row.length, end - 1);
      length += end - 1 - at - row.length;
      source[length++] = newLine;
    } else if (end > at) {
      told = (JSON.parse(source.toString('utf8', at, end)) as Progress).progress ?? told;
    }
    at = end + 1;
  }
  return {
    bytes: source.subarray(0, length),
    readRows: Number(told?.read_rows ?? 0),
    readBytes: Number(told?.read_bytes ?? 0),
    elapsed_ms: Math.round(Number(told?.elapsed_ns ?? 0) / 1e6),
  };
}
