/** One question of the benchmark, asked again and again with other values. */
export interface Question {
  readonly name: string;
  /** 95 of 100 answers are to come within this. */
  readonly aim_ms: number;
  /** Asks for the n-th time. @returns how many rows came */
  readonly ask: (n: number) => Promise<Answer>;
}

export interface Answer {
  readonly rows: number;
  /** Of it what the engine says that it took; absent: it does not say. */
  readonly engine_ms?: number;
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
  /** The mean of CPU that this process used, all threads. */
  readonly cpu_ms: number;
  /** Rows that came, the fewest and the most. */
  readonly rows: readonly [number, number];
}

/** Asks once more than it measures: the first answer warms what every later one finds warm. */
export async function measure(question: Question, runs: number): Promise<Result> {
  await question.ask(0);
  const times: number[] = [];
  const engine: number[] = [];
  const rows: number[] = [];
  const cpu = process.cpuUsage();
  for (let n = 1; n <= runs; n++) {
    const start = performance.now();
    const answer = await question.ask(n);
    times.push(performance.now() - start);
    rows.push(answer.rows);
    if (answer.engine_ms !== undefined) engine.push(answer.engine_ms);
  }
  const used = process.cpuUsage(cpu);
  return {
    name: question.name,
    aim_ms: question.aim_ms,
    runs,
    p50_ms: quantile(times, 0.5),
    p95_ms: quantile(times, 0.95),
    most_ms: quantile(times, 1),
    ...(engine.length > 0 && { engine_ms: quantile(engine, 0.5) }),
    cpu_ms: (used.user + used.system) / 1000 / runs,
    rows: [Math.min(...rows), Math.max(...rows)],
  };
}

/** @returns the least value that the share of all is not above */
export function quantile(values: readonly number[], share: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.max(0, Math.ceil(share * sorted.length) - 1)] ?? NaN;
}
