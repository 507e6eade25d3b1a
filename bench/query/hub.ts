import { type Lab, BenchError } from '../capture/lab.js';
import { Stack } from '../pipeline/stack.js';
import { measure, type Answer, type Result } from './measure.js';
import { type Question } from './questions.js';
import { TTL_DAYS } from './database.js';

/** Asks a hub that has the database open, over HTTP, as visor-cli and the web page do. */
export async function measureHub(
  lab: Lab,
  directory: string,
  asked: readonly Question[],
  runs: number,
  tell: (text: string) => void,
): Promise<Result[]> {
  const stack = await Stack.start(lab, 'hub');
  const { part, url } = await stack.hub(directory, {
    TH_STORAGE_CLICKHOUSE_TTL_DAYS: String(TTL_DAYS),
    TH_STORAGE_CLICKHOUSE_FLOWS_TTL_DAYS: String(TTL_DAYS),
    TH_STORAGE_CLICKHOUSE_FSYNC: 'false',
  });
  const results: Result[] = [];
  for (const question of asked) {
    tell(`HTTP: ${question.name}`);
    const ask = (n: number): Promise<Answer> => request(`${url}${question.path(n)}`);
    results.push(await measure(question, runs, ask, () => part.cpu_s * 1000));
  }
  await part.stop();
  await stack.close();
  return results;
}

async function request(url: string): Promise<Answer> {
  const response = await fetch(url);
  const text = await response.text();
  if (!response.ok) throw new BenchError(`${url}: ${response.status} ${text}`);
  const answer = JSON.parse(text) as {
    rows?: unknown[];
    path?: unknown[];
    values?: unknown[];
    series?: unknown[];
    searched?: { elapsed_ms?: number };
  };
  const rows = answer.rows ?? answer.path ?? answer.values ?? answer.series;
  if (!rows) throw new BenchError(`${url}: neither rows nor values in ${text.slice(0, 200)}`);
  return { rows: rows.length, engine_ms: answer.searched?.elapsed_ms };
}
