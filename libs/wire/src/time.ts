import { type RowSource } from '#columns';
import { type DecodedBatch } from './decode.js';
import { halves64 } from './values.js';

const MINUTE_US = 60_000_000;
const DAY_MINUTES = 1440;

export interface TimestampRange {
  /** µs since 1970-01-01 UTC, as column `ts`; both belong to the range. */
  readonly minUs: number;
  readonly maxUs: number;
}

/** @returns the earliest and the latest `ts` of a batch that has rows */
export function timestampRange(batch: RowSource): TimestampRange {
  let minUs = Infinity;
  let maxUs = -Infinity;
  for (let row = 0; row < batch.rows; row++) {
    const us = batch.get('ts', row);
    if (us < minUs) minUs = us;
    if (us > maxUs) maxUs = us;
  }
  return { minUs, maxUs };
}

export interface BatchTimes {
  /** The UTC days of its rows, ascending, as `2026-11-21`; a day without rows between two others is not one. */
  readonly days: readonly string[];
  /** The minutes since 1970 that have decisive rows, ascending. */
  readonly minutes: readonly number[];
}

/** @returns the days and minutes of a batch */
export function batchTimes(batch: DecodedBatch): BatchTimes {
  const ts = batch.column('ts');
  const halves = ts ? halves64(ts) : new Uint32Array(2 * batch.rows);
  const decisive = batch.bytesOf('decisive');
  const all = new Set<number>();
  const decided = new Set<number>();
  // Rows that follow each other are mostly of the same minute.
  let start = -1;
  let counted = false;
  for (let row = 0; row < batch.rows; row++) {
    const us = (halves[2 * row + 1] as number) * 2 ** 32 + (halves[2 * row] as number);
    if (us < start || us >= start + MINUTE_US || start < 0) {
      const minute = Math.floor(us / MINUTE_US);
      start = minute * MINUTE_US;
      counted = decided.has(minute);
      all.add(minute);
    }
    if (!counted && decisive && (((decisive[row >> 3] as number) >> (row & 7)) & 1) === 1) {
      decided.add(start / MINUTE_US);
      counted = true;
    }
  }
  const days = new Set([...all].map((minute) => Math.floor(minute / DAY_MINUTES)));
  return { days: ascending(days).map(dayText), minutes: ascending(decided) };
}

/** @returns the UTC days of its rows, as of BatchTimes */
export const utcDays = (batch: DecodedBatch): readonly string[] => batchTimes(batch).days;

const ascending = (values: ReadonlySet<number>): number[] => [...values].sort((a, b) => a - b);

const dayText = (day: number): string => new Date(day * DAY_MINUTES * 60_000).toISOString().slice(0, 10);
