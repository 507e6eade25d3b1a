/** @returns how long to wait before try `attempt` (2 and up), in ms: doubling from 100 ms to 5 s, a quarter random */
export function backoffMs(attempt: number): number {
  const full = Math.min(5000, 100 * 2 ** Math.min(attempt - 2, 10));
  return full * (0.75 + Math.random() / 4);
}
