import { type RowSource } from '#columns';

const DAY_US = 86_400_000_000;

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

/** @returns the UTC days of its rows, ascending, as `2026-11-21`; a day without rows between two others is not one */
export function utcDays(batch: RowSource): string[] {
  const days = new Set<number>();
  for (let row = 0; row < batch.rows; row++) days.add(Math.floor(batch.get('ts', row) / DAY_US));
  return [...days].sort((a, b) => a - b).map((day) => new Date(day * 86_400_000).toISOString().slice(0, 10));
}
