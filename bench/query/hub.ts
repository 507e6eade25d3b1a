import { type Lab, BenchError } from '../capture/lab.js';
import { Stack } from '../pipeline/stack.js';
import { type Span } from '#clickhouse';
import { measure, type Answer, type Result } from './measure.js';
import { TTL_DAYS, warmUp } from './database.js';
import { type Export, measureExport } from './export.js';
import { exportPath, type Question } from './questions.js';

const exportFormats = [
  { format: 'jsonl', header: 0 },
  { format: 'csv', header: 1 },
] as const;

/** Asks a hub that has the database open, over HTTP, as visor-cli and the web page do. */
export async function measureHub(
  lab: Lab,
  directory: string,
  { asked, runs, exported }: { asked: readonly Question[]; runs: number; exported: Span },
  tell: (text: string) => void,
): Promise<{ results: Result[]; exports: Export[] }> {
  const stack = await Stack.start(lab, 'hub');
  const { part, url } = await stack.hub(directory, {
    TH_STORAGE_CLICKHOUSE_TTL_DAYS: String(TTL_DAYS),
    TH_STORAGE_CLICKHOUSE_FLOWS_TTL_DAYS: String(TTL_DAYS),
    TH_STORAGE_CLICKHOUSE_FSYNC: 'false',
    TH_QUERY_MAX_ROWS: '1000000000',
  });
  const results: Result[] = [];
  for (const question of asked) {
    tell(`HTTP: ${question.name}`);
    // Each time: there are kernels that give back what nobody has read for a minute.
    await warmUp(directory);
    const ask = (n: number): Promise<Answer> => request(`${url}${question.path(n)}`);
    results.push(await measure(question, runs, ask, () => part.cpu_s * 1000));
  }
  const exports: Export[] = [];
  for (const { format, header } of exportFormats) {
    tell(`HTTP: all rows as ${format}`);
    exports.push(await measureExport(part, `${url}${exportPath(exported, format)}`, { format, header }));
  }
  await part.stop();
  await stack.close();
  return { results, exports };
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
