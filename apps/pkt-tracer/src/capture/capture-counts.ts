import { type CaptureCounts } from './messages.js';

export const noCounts: CaptureCounts = {
  events: 0,
  malformed: 0,
  overrun: 0,
  rows: 0,
  backlog: 0,
  packets: 0,
  evicted: 0,
  merged: 0,
  own: 0,
  only: 0,
  sampled: 0,
};

/** @returns the counts of several capture threads as one */
export function sumCounts(all: readonly CaptureCounts[]): CaptureCounts {
  const sum = { ...noCounts };
  for (const counts of all) {
    for (const name of Object.keys(sum) as (keyof CaptureCounts)[]) sum[name] += counts[name];
  }
  return sum;
}
