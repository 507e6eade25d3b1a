import { chosenOf, type CommonOptions, readOptions } from '../options.js';
import { BenchError } from './lab.js';
import { type Effort } from './measure.js';

export interface Options extends CommonOptions {
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
  const {
    seconds,
    readers: named,
    profile,
    ...read
  } = readOptions(args, usage, {
    texts: ['seconds', 'readers', 'profile'],
  });
  const { short } = read;
  const probe_s = seconds === undefined ? (short ? 0.4 : 3) : Number(seconds);
  if (!(probe_s > 0 && probe_s <= 60)) {
    throw new BenchError(`--seconds: "${seconds}" is not a number from 0.1 to 60`);
  }
  return {
    ...read,
    readers: chosenOf('readers', 'reader', named, readers),
    effort: {
      probe_s,
      cpu_s: short ? 1 : Math.max(8, probe_s),
      tries: short ? 1 : 3,
      resolution: short ? 1.6 : 1.05,
    },
    ...(profile !== undefined && { profileDirectory: profile }),
  };
}
