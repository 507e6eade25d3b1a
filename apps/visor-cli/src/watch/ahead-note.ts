import { durationText } from '../groups/units.js';

/** Clocks that are kept by NTP differ by less, and so does what is on its way. */
const tolerance_ms = 10_000;

/**
 * Rows whose time is to come stand before all others in what is asked for last.
 * @param last RFC 3339 time of the newest row that was shown; '' of none
 * @param now_ms of this machine's clock
 * @returns what a person is told of it; undefined where nothing is wrong
 */
export function aheadNote(last: string, now_ms: number): string | undefined {
  const ahead_ms = Date.parse(last) - now_ms;
  if (!(ahead_ms > tolerance_ms)) return undefined;
  return `the newest row is ${durationText(ahead_ms * 1000)} later than now: the clock of its agent is ahead, or this machine's behind; --until now leaves such rows out`;
}
