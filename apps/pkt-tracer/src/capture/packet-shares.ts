/** The least part of an equal share that a thread gets which saw nothing in the last second */
const LEAST_PART = 0.1;

/**
 * Divides a limit on packets a second among capture threads, by what each saw lately.
 * @param limit 0 = no limit
 * @param seen packets of each thread in the last second
 * @returns for each thread the packets a second that it may publish, 1 or more; 0 = all
 */
export function packetShares(limit: number, seen: readonly number[]): number[] {
  if (limit === 0) return seen.map(() => 0);
  const total = seen.reduce((sum, packets) => sum + packets, 0);
  const least = (limit / seen.length) * LEAST_PART;
  const rest = limit * (1 - LEAST_PART);
  return seen.map((packets) => {
    const part = total === 0 ? 1 / seen.length : packets / total;
    return Math.max(1, Math.floor(least + rest * part));
  });
}
