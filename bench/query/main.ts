// npm run bench:query: how long the hub's questions take over 50 million rows.
import { availableParallelism, cpus, loadavg } from 'node:os';
import { Session } from 'chdb';
import { type Span, type Store } from '#clickhouse';
import { BenchError, Lab } from '../capture/lab.js';
import { openDatabase, type Contents, warmUp } from './database.js';
import { measureHub } from './hub.js';
import { measure, type Result } from './measure.js';
import { parseOptions, usage, type Options } from './options.js';
import { questions, rowsOf, type Question } from './questions.js';
import { textReport, type Report } from './report.js';
import { findSamples } from './samples.js';

/** Progress, for whoever waits; results alone go to standard output. */
function tell(text: string): void {
  console.error(`  ${text}`);
}

const cpuOfThis = (): number => {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1000;
};

async function measureStore(
  asked: readonly Question[],
  { store, directory, runs }: { store: Store; directory: string; runs: number },
): Promise<Result[]> {
  const results: Result[] = [];
  for (const question of asked) {
    tell(`store: ${question.name}`);
    await warmUp(directory);
    const ask = async (n: number) => {
      const statement = await question.statement(n, store);
      const { bytes, elapsed_ms } = await store.queryWhole(statement);
      return { rows: rowsOf(bytes).length, engine_ms: elapsed_ms };
    };
    results.push(await measure(question, runs, ask, cpuOfThis));
  }
  return results;
}

function sizeOf(directory: string, { rows, made_s, rolledUp_s }: Contents): Report['database'] {
  const session = new Session(directory);
  const number = (sql: string): number => Number(session.query(sql, 'TSV'));
  try {
    return {
      rows,
      packets: number('SELECT count() FROM traces WHERE decisive'),
      flows: number('SELECT count() FROM flows_1m FINAL'),
      bytes: number(
        'SELECT sum(bytes_on_disk) FROM system.parts WHERE active AND database = currentDatabase()',
      ),
      made_s: Math.round(made_s),
      rolledUp_s: Math.round(rolledUp_s),
    };
  } finally {
    session.close();
  }
}

/** Rows that are asked for at a time, about; all where there are fewer. */
const EXPORTED = 3_000_000;

/** @returns the last stretch of the rows' time that has so many of them */
function exportedSpan({ days }: Options, { rows, until_us }: Contents): Span {
  const share = Math.min(1, EXPORTED / rows);
  return { from_us: Math.floor(until_us - days * 86_400e6 * share), to_us: until_us };
}

async function bench(options: Options): Promise<Report> {
  const lab = new Lab('query');
  const { directory, contents, store } = await openDatabase(options.directory, options, tell);
  const load = loadavg()[0] ?? 0;
  if (load > 0.7) tell(`the machine is busy (load ${load.toFixed(1)}): times will come out too long`);
  const asked = questions(findSamples(directory, 2 * options.runs), contents.until_us);
  const database = sizeOf(directory, contents);
  const exported = exportedSpan(options, contents);
  const inStore = await measureStore(asked, { store, directory, runs: options.runs });
  await store.close();
  const { runs } = options;
  const { results: http, exports } = await measureHub(lab, directory, { asked, runs, exported }, tell);
  const machine = {
    load: Number(load.toFixed(2)),
    processors: availableParallelism(),
    model: cpus()[0]?.model.trim() ?? 'unknown',
    node: process.versions.node,
  };
  return { machine, database, store: inStore, http, exports };
}

async function main(): Promise<void> {
  const options = parseOptions(process.argv.slice(2));
  if (options.help) return console.log(usage);
  const report = await bench(options);
  if (!options.json) console.log(`${textReport(report)}\n`);
  console.log(JSON.stringify(report));
}

main().then(
  () => process.exit(0),
  (error: unknown) => {
    console.error(error instanceof BenchError ? error.message : error);
    process.exit(1);
  },
);
