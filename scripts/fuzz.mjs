// `npm run fuzz -- --seconds 600`: fuzzes each target that long: what the kernel says to the agent, and each operation of
// the hub's API. FUZZ_SEED=… repeats a failure that was printed.
import { spawnSync } from 'node:child_process';
import { parseArgs } from 'node:util';

const { values } = parseArgs({ options: { seconds: { type: 'string', default: '60' } } });
const seconds = Number(values.seconds);
if (!(seconds > 0)) {
  console.error(`--seconds: "${values.seconds}" is not allowed; it takes a number above 0`);
  process.exit(2);
}
const targets = ['apps/pkt-tracer/src/fuzz', 'apps/trace-hub/src/openapi/fuzz.test.ts'];
const command = ['vitest', 'run', '--project', 'unit', ...targets];
const env = { ...process.env, FUZZ_SECONDS: String(seconds) };
process.exit(spawnSync('npx', command, { stdio: 'inherit', env }).status ?? 1);
