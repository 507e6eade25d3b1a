import { parseArgs } from 'node:util';
import { BenchError } from './lab.js';
import { type Effort } from './measure.js';

export interface Options {
  readonly help: boolean;
  /** Only the line of JSON */
  readonly json: boolean;
  readonly readers: readonly string[];
  readonly effort: Effort;
  readonly profileDirectory?: string;
}

export const usage = `npm run bench:capture -- [options]

  --seconds N      length of a probe (3)
  --readers A,B    of nft-monitor, drain, node-netlink, pkt-tracer (all)
  --short          short probes and a coarse search: whether it works, not how fast it is
  --json           only the line of JSON
  --profile DIR    leave V8 CPU profiles of pkt-tracer in DIR (open them in a browser's developer tools)
`;

/** @param readers the names of all readers @throws BenchError that names the option and what is allowed */
export function parseOptions(args: string[], readers: readonly string[]): Options {
  const values = parse(args);
  const chosen = values.readers?.split(',') ?? readers;
  const unknown = chosen.find((name) => !readers.includes(name));
  if (unknown !== undefined) {
    throw new BenchError(`--readers: there is no reader "${unknown}"; use ${readers.join(', ')}`);
  }
  const short = values.short ?? false;
  const probe_s = values.seconds === undefined ? (short ? 0.5 : 3) : Number(values.seconds);
  if (!(probe_s > 0 && probe_s <= 60)) {
    throw new BenchError(`--seconds: "${values.seconds}" is not a number from 0.1 to 60`);
  }
  return {
    help: values.help ?? false,
    json: values.json ?? false,
    readers: readers.filter((name) => chosen.includes(name)),
    effort: {
      probe_s,
      cpu_s: short ? 1 : Math.max(8, probe_s),
      tries: short ? 1 : 3,
      resolution: short ? 1.4 : 1.05,
    },
    ...(values.profile !== undefined && { profileDirectory: values.profile }),
  };
}

function parse(args: string[]) {
  try {
    return parseArgs({
      args,
      options: {
        seconds: { type: 'string' },
        readers: { type: 'string' },
        profile: { type: 'string' },
        short: { type: 'boolean' },
        json: { type: 'boolean' },
        help: { type: 'boolean', short: 'h' },
      },
    }).values;
  } catch (error) {
    throw new BenchError(`${(error as Error).message}\n\n${usage}`);
  }
}
