import { BenchError } from './capture/lab.js';
import { type CommonOptions } from './options.js';

/** A benchmark as a program. */
interface Bench<O extends CommonOptions, R> {
  readonly usage: string;
  /** @throws BenchError */
  readonly parse: (args: string[]) => O;
  readonly measure: (options: O) => Promise<R>;
  /** Lines for people, before the last one. */
  readonly text?: (report: R) => string;
  /** The last line; as JSON.stringify makes it unless given. */
  readonly line?: (report: R) => string;
}

/** Progress, for whoever waits; results alone go to standard output. */
export function tell(text: string): void {
  console.error(`  ${text}`);
}

/** Runs it and ends the process: what it started goes with it. */
export function runBench<O extends CommonOptions, R>(bench: Bench<O, R>): void {
  run(bench).then(
    () => process.exit(0),
    (error: unknown) => {
      console.error(error instanceof BenchError ? error.message : error);
      process.exit(1);
    },
  );
}

async function run<O extends CommonOptions, R>({
  usage,
  parse,
  measure,
  text,
  line,
}: Bench<O, R>): Promise<void> {
  const options = parse(process.argv.slice(2));
  if (options.help) return console.log(usage);
  const report = await measure(options);
  if (text && !options.json) console.log(text(report));
  console.log((line ?? JSON.stringify)(report));
}
