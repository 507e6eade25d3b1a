import { quote } from './columns.js';

/**
 * @returns a string as a literal that may stand in any statement. An opening brace is escaped too: what follows it could
 * be taken for a placeholder.
 */
export const textSql = (value: string): string => quote(value).replaceAll('{', '\\x7b');

/** Settings of an insert of a few rows of our own: at once, and never taken for a duplicate of an earlier one. */
export const SMALL_INSERT = 'SETTINGS async_insert = 0, insert_deduplicate = 0';

/**
 * @param day as `2026-11-21`
 * @throws TypeError for anything else
 */
export function daySql(day: string): string {
  if (!/^\d{4}-\d\d-\d\d$/.test(day))
    throw new TypeError(`A day is written 2026-11-21, not ${JSON.stringify(day)}`);
  return `'${day}'`;
}

/** @returns a time in µs as ClickHouse takes it */
export const timeSql = (us: number): string => `fromUnixTimestamp64Micro(${Math.floor(us)}, 'UTC')`;

/** @returns the list in pieces of at most `size` */
export function chunksOf<T>(list: readonly T[], size: number): T[][] {
  const chunks: T[][] = [];
  for (let at = 0; at < list.length; at += size) chunks.push(list.slice(at, at + size));
  return chunks;
}
