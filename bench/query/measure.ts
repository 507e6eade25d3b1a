export interface Answer {
  readonly rows: number;
  /** Of it what the engine says that it took; absent: it does not say. */
  readonly engine_ms?: number | undefined;
}

export interface Result {
  readonly name: string;
  readonly aim_ms: number;
  readonly runs: number;
  readonly p50_ms: number;
  readonly p95_ms: number;
  readonly most_ms: number;
  /** The median of what the engine took. */
  readonly engine_ms?: number;
  /** The mean of CPU, all threads of whoever answers; absent: that is another process. */
  readonly cpu_ms?: number;
  /** Rows that came, the fewest and the most. */
  readonly rows: readonly [number, number];
}

/**
 * Measures when as many others have been asked: a hub that has just started has its code to compile and its caches to fill. None
 * of those that are measured is among them, as ClickHouse remembers which granules a condition did not match.
 *
 * @param ask asks for the n-th time, from 0 to twice `runs`, each time with other values
 */
export async function measure(
  { name, aim_ms }: { readonly name: string; readonly aim_ms: number },
  runs: number,
  ask: (n: number) => Promise<Answer>,
  cpu_ms?: () => number,
): Promise<Result> {
  for (let n = runs; n < 2 * runs; n++) await ask(n);
  const times: number[] = [];
  const engine: number[] = [];
  const rows: number[] = [];
  const before = cpu_ms?.() ?? 0;
  for (let n = 0; n < runs; n++) {
    const start = performance.now();
    const answer = await ask(n);
    times.push(performance.now() - start);
    rows.push(answer.rows);
    if (answer.engine_ms !== undefined) engine.push(answer.engine_ms);
  }
  return {
    name,
    aim_ms,
    runs,
    p50_ms: round(quantile(times, 0.5)),
    p95_ms: round(quantile(times, 0.95)),
    most_ms: round(quantile(times, 1)),
    ...(engine.length > 0 && { engine_ms: round(quantile(engine, 0.5)) }),
    ...(cpu_ms && { cpu_ms: round((cpu_ms() - before) / runs) }),
    rows: [Math.min(...rows), Math.max(...rows)],
  };
}

/** @returns the least value that the share of all is not above */
export function quantile(values: readonly number[], share: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.max(0, Math.ceil(share * sorted.length) - 1)] ?? NaN;
}

const round = (value: number): number => Number(value.toFixed(1));
