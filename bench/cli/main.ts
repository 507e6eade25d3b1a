// npm run bench:cli: how long visor-cli takes to start, and how it writes all rows of a hub into a file.
import { Lab } from '../capture/lab.js';
import { type Machine, machineNow, machineText, tellIfBusy } from '../machine.js';
import { Stack } from '../pipeline/stack.js';
import { openDatabase, TTL_DAYS } from '../query/database.js';
import { measure, type Result } from '../query/measure.js';
import { runBench, tell } from '../run.js';
import { type Export, measureExport } from './export.js';
import { type Options, parseOptions, usage } from './options.js';
import { childrenCpu_ms, VisorCli } from './visor-cli.js';

interface Report {
  readonly machine: Machine;
  readonly database: { readonly rows: number };
  /** From before the process is made until it has ended. */
  readonly starts: readonly Result[];
  readonly export: Export;
}

/** What is started, and how many ms it may take. */
const starts = [
  { name: '--help', args: ['--help'], aim_ms: 250 },
  { name: 'watch --last 1', args: ['watch', '--last', '1'], aim_ms: 250 },
] as const;

async function bench(options: Options): Promise<Report> {
  const lab = new Lab('cli');
  const { directory, contents, store } = await openDatabase(options.directory, { ...options, days: 1 }, tell);
  await store.close();
  const stack = await Stack.start(lab, 'hub');
  const { part, url } = await stack.hub(directory, {
    TH_STORAGE_CLICKHOUSE_TTL_DAYS: String(TTL_DAYS),
    TH_STORAGE_CLICKHOUSE_FLOWS_TTL_DAYS: String(TTL_DAYS),
    TH_STORAGE_CLICKHOUSE_FSYNC: 'false',
    TH_QUERY_MAX_ROWS: '1000000000',
  });
  const machine = machineNow();
  tellIfBusy(machine, 'times will come out too long');
  const cli = new VisorCli(lab, url);
  const results: Result[] = [];
  for (const { args, ...what } of starts) {
    tell(what.name);
    const start = async () => ({ rows: await cli.run(...args) });
    results.push(await measure(what, options.runs, start, childrenCpu_ms));
  }
  const limit = contents.rows > options.rows * 1.1 ? options.rows : undefined;
  tell(`${thousands(limit ?? contents.rows)} rows into a file`);
  const exported = await measureExport(cli, lab, limit, tell);
  await part.stop();
  await stack.close();
  return { machine, database: { rows: contents.rows }, starts: results, export: exported };
}

const thousands = (value: number): string => Math.round(value).toLocaleString('en-US');

/** @returns lines for people */
function textReport({ machine, starts: results, export: all }: Report): string {
  return [
    machineText(machine),
    '',
    ...results.map(
      ({ name, p50_ms, p95_ms, cpu_ms, aim_ms, runs }) =>
        `  ${name.padEnd(16)} p50 ${p50_ms} ms, p95 ${p95_ms} ms, CPU ${cpu_ms} ms, ${runs} runs; aim ≤ ${aim_ms} ms`,
    ),
    `  ${`${all.asked} > file`.padEnd(16)} ${thousands(all.rows)} rows, ${(all.bytes / 1e6).toFixed(0)} MB, ${thousands(all.rows_per_s)} rows/s, ` +
      `CPU ${all.cpu_us_per_row} µs a row, ${all.memory_mib} MiB; aim ≥ 100,000 rows/s, < 200 MiB`,
    '',
  ].join('\n');
}

runBench({ usage, parse: parseOptions, measure: bench, text: textReport });
