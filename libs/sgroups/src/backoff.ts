export interface BackoffTimes {
  readonly least_ms: number;
  readonly most_ms: number;
}

/** @returns how long to wait after `failures` of them in a row (1 and up), in ms: doubling, a quarter of it random */
export function backoffMs(failures: number, { least_ms, most_ms }: BackoffTimes): number {
  const full = Math.min(most_ms, least_ms * 2 ** Math.min(failures - 1, 20));
  return full * (0.75 + Math.random() / 4);
}
