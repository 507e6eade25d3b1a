// npm run test:faults: faults by a seed while known packets are sent; at the end each packet is accounted for.
import { randomInt } from 'node:crypto';
import { Lab } from '../support/lab.js';
import { sweepDirectories } from '../support/mounts.js';
import { sweepNamespaces } from '../support/namespaces.js';
import { missingForRoot } from '../support/requirements.js';
import { OptionError, parseOptions, usage } from './options.js';
import { runPowerCuts } from './power-cut.js';
import { tableOf } from './report.js';
import { runFaults } from './run.js';

/** Progress; the table alone goes to standard output. */
const tell = (text: string): void => console.error(text);

async function main(): Promise<number> {
  const options = parseOptions(process.argv.slice(2), () => randomInt(2 ** 32));
  if (options.help) {
    console.log(usage);
    return 0;
  }
  const missing = missingForRoot();
  if (missing !== undefined) throw new OptionError(`faults need root and real programs: ${missing}`);
  // what still runs goes with its namespace, before what it has open
  await sweepNamespaces();
  await sweepDirectories();
  const lab = new Lab();
  endWith(lab);
  tell(`seed ${options.seed}: repeat it with --seed ${options.seed}`);
  try {
    const { outcome, wrong, logs } = options.powerCut
      ? await runPowerCuts(lab, options, tell)
      : await runFaults(lab, options, tell);
    console.log(tableOf(outcome));
    for (const line of wrong) console.log(line);
    if (logs !== undefined) console.log(`the logs of all programs are in ${logs}`);
    return wrong.length === 0 ? 0 : 1;
  } finally {
    await lab.close();
  }
}

/** Leaves nothing behind where somebody gives up on the run. */
function endWith(lab: Lab): void {
  for (const signal of ['SIGINT', 'SIGTERM'] as const) {
    process.once(signal, () => {
      tell(`${signal}: cleaning up`);
      void lab.close().finally(() => process.exit(130));
    });
  }
}

main().then(
  (code) => process.exit(code),
  (error: unknown) => {
    console.error(error instanceof OptionError ? error.message : error);
    process.exit(1);
  },
);
