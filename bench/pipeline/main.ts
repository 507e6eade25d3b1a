// npm run bench:pipeline: what a row costs on its way from the kernel to the disk, and how long the way takes.
import { Lab } from '../capture/lab.js';
import { checkRequirements } from '../capture/programs.js';
import { machineNow, tellIfBusy } from '../machine.js';
import { runBench, tell } from '../run.js';
import { measureBacklog } from './backlog.js';
import { measureEndToEnd } from './end-to-end.js';
import { measureLatency } from './latency.js';
import { type Options, type Part, parseOptions, usage } from './options.js';
import { type Report, textReport } from './report.js';

async function bench(options: Options): Promise<Report> {
  checkRequirements();
  const machine = machineNow();
  tellIfBusy(machine, 'rates will come out too low');
  const wanted = (part: Part): boolean => options.parts.includes(part);
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

runBench({ usage, parse: parseOptions, measure: bench, text: (report) => `${textReport(report)}\n` });
