import { type AgentFound } from '#clickhouse';
import { type Ahead } from './ahead.js';

const lineFeed = 0x0a;
const comma = 0x2c;

/**
 * Rows as the value of `rows` in a document, and what else is in it, without parsing them: a raw line feed is never within a
 * row, so each is where a comma is wanted.
 * @param lines NDJSON; it is changed
 */
export function envelope(lines: Uint8Array, more: object): Buffer {
  const rows = Buffer.from(lines.buffer, lines.byteOffset, Math.max(0, lines.length - 1));
  for (let at = rows.indexOf(lineFeed); at >= 0; at = rows.indexOf(lineFeed, at + 1)) rows[at] = comma;
  return Buffer.concat([Buffer.from('{"rows":['), rows, Buffer.from(`],${JSON.stringify(more).slice(1)}`)]);
}

/** What a document says of how its rows were looked for. */
export interface Searched {
  /** RFC 3339; null: from the first row, up to the last. */
  readonly since: string | null;
  readonly until: string | null;
  /** Rows that were looked at. */
  readonly rows_read: number;
  readonly elapsed_ms: number;
  /** Of an answer without rows: who has packets in that time, those with most first. */
  readonly agents?: readonly AgentFound[];
  /** Rows of the answer whose time is to come; absent where there are none. */
  readonly ahead?: Ahead;
}
