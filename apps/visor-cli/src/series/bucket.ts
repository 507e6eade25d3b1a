import { type Query } from '#api-client';
import { parseInstant } from '#filter';

const lengths: readonly (readonly [string, number])[] = [
  ['1s', 1],
  ['2s', 2],
  ['5s', 5],
  ['10s', 10],
  ['15s', 15],
  ['30s', 30],
  ['1m', 60],
  ['2m', 120],
  ['5m', 300],
  ['10m', 600],
  ['15m', 900],
  ['30m', 1800],
  ['1h', 3600],
  ['2h', 7200],
  ['3h', 10_800],
  ['6h', 21_600],
  ['12h', 43_200],
  ['1d', 86_400],
  ['1w', 604_800],
  ['4w', 2_419_200],
];

/** Where no time is asked for the hub takes the last hour. */
const USUAL_S = 3600;

/**
 * @param columns of the chart
 * @param now_us µs since 1970
 * @returns the shortest bucket of which a chart has room for all
 */
export function fittingBucket(query: Query, columns: number, now_us: number): string {
  const time = (text: Query[string] | undefined): number | undefined =>
    typeof text === 'string' ? parseInstant(text) : undefined;
  const until = time(query['until']) ?? now_us;
  const since = time(query['since']) ?? until - USUAL_S * 1e6;
  const length_s = (until - since) / 1e6;
  // The first and the last bucket may be there in part.
  const [longest = ['4w']] = lengths.slice(-1);
  const found = lengths.find(([, seconds]) => Math.ceil(length_s / seconds) + 1 <= columns);
  return (found ?? longest)[0];
}
