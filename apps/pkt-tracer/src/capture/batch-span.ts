import { type ColumnBatch } from '#columns';

/** Time stamps of a batch's first and last event, µs since 1970 */
export interface BatchSpan {
  from_us: number;
  until_us: number;
}

/** @param batch has rows; packets that waited for the ruleset are in it after younger ones */
export function spanOf({ data, rows }: ColumnBatch): BatchSpan {
  let from_us = Infinity;
  let until_us = 0;
  for (let row = 0; row < rows; row++) {
    const ts = (data.ts[2 * row + 1] ?? 0) * 2 ** 32 + (data.ts[2 * row] ?? 0);
    from_us = Math.min(from_us, ts);
    until_us = Math.max(until_us, ts);
  }
  return { from_us, until_us };
}
