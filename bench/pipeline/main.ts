// npm run bench:pipeline: what a row costs on its way from the kernel to the disk, and how long the way takes.
import { availableParallelism, cpus, loadavg } from 'node:os';
import { BenchError, Lab } from '../capture/lab.js';
import { checkRequirements } from '../capture/programs.js';
import { measureBacklog } from './backlog.js';
import { measureEndToEnd } from './end-to-end.js';
import { measureLatency } from './latency.js';
import { type Options, type Part, parseOptions, usage } from './options.js';
import { type Report, textReport } from './report.js';

/** Progress, for whoever waits; results alone go to standard output. */
function tell(text: string): void {
  console.error(`  ${text}`);
}

async function bench(options: Options): Promise<Report> {
  checkRequirements();
  const load = loadavg()[0] ?? 0;
  if (load > 0.7) tell(`the machine is busy (load ${load.toFixed(1)}): rates will come out too low`);
  const wanted = (part: Part): boolean => options.parts.includes(part);
  const machine = {
    load: Number(load.toFixed(2)),
    processors: availableParallelism(),
    model: cpus()[0]?.model.trim() ?? 'unknown',
    node: process.versions.node,
  };
  let report: Report = { machine };
  if (wanted('backlog')) {
    tell(`backlog of ${options.backlogRows} rows`);
    report = { ...report, backlog: await measureBacklog(new Lab('backlog'), options) };
  }
  if (wanted('end-to-end')) {
    tell(`end to end at ${options.rate} events/s for ${options.seconds} s`);
    report = { ...report, endToEnd: await measureEndToEnd(new Lab('flow'), options) };
  }
  if (wanted('latency')) {
    tell(`${options.packets} packets from the wire to watch -f`);
    report = { ...report, latency: await measureLatency(new Lab('watch'), options) };
  }
  return report;
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
