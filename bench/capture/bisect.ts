export interface Attempt {
  readonly held: boolean;
}

export interface Range {
  readonly low: number;
  readonly high: number;
  /** How far apart what held and what did not may stay, as a ratio: 1.05 */
  readonly resolution: number;
}

/**
 * Looks for the highest rate that holds, in steps of equal ratio.
 * @param range `high` is known not to hold
 * @returns the attempt at the highest rate that held; undefined when none did, not even `low`
 */
export async function bisect<A extends Attempt>(
  { low, high, resolution }: Range,
  attempt: (rate: number) => Promise<A>,
): Promise<A | undefined> {
  let best: A | undefined;
  let [good, bad] = [low, high];
  while (bad / good > resolution) {
    const rate = Math.sqrt(good * bad);
    const result = await attempt(rate);
    if (result.held) [best, good] = [result, rate];
    else bad = rate;
  }
  if (best) return best;
  const lowest = await attempt(low);
  return lowest.held ? lowest : undefined;
}
