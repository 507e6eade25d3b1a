import { parseArgs } from 'node:util';
import { BenchError } from '../capture/lab.js';

export const parts = ['backlog', 'end-to-end', 'latency'] as const;
export type Part = (typeof parts)[number];

export interface Options {
  readonly help: boolean;
  /** Only the line of JSON. */
  readonly json: boolean;
  readonly parts: readonly Part[];
  /** Rows that the hub finds in the stream when it starts. */
  readonly backlogRows: number;
  readonly agents: number;
  readonly seconds: number;
  /** Trace events a second of the end-to-end run. */
  readonly rate: number;
  readonly packets: number;
}

export const usage = `npm run bench:pipeline -- [options]

  --parts A,B      of backlog, end-to-end, latency (all)
  --rows N         rows of the backlog (5000000)
  --agents N       agents that the backlog's rows are of (4)
  --seconds N      length of the end-to-end run (60)
  --rate N         its trace events a second (100000)
  --packets N      packets whose way to watch -f is timed (300)
  --short          little of all: whether it works, not how fast it is
  --json           only the line of JSON
`;

/** @throws BenchError that names the option and what is allowed */
export function parseOptions(args: string[]): Options {
  const values = parse(args);
  const short = values.short ?? false;
  const chosen = values.parts?.split(',') ?? parts;
  const unknown = chosen.find((name) => !parts.some((part) => part === name));
  if (unknown !== undefined) {
    throw new BenchError(`--parts: there is no part "${unknown}"; use ${parts.join(', ')}`);
  }
  const number = (name: 'rows' | 'agents' | 'seconds' | 'rate' | 'packets', long: number, brief: number) => {
    const given = values[name];
    const value = given === undefined ? (short ? brief : long) : Number(given);
    if (!Number.isInteger(value) || value < 1) {
      throw new BenchError(`--${name}: "${given}" is not a whole number above 0`);
    }
    return value;
  };
  return {
    help: values.help ?? false,
    json: values.json ?? false,
    parts: parts.filter((part) => chosen.includes(part)),
    backlogRows: number('rows', 5_000_000, 300_000),
    agents: number('agents', 4, 2),
    seconds: number('seconds', 60, 4),
    rate: number('rate', 100_000, 20_000),
    packets: number('packets', 300, 20),
  };
}

function parse(args: string[]) {
  const text = { type: 'string' } as const;
  const flag = { type: 'boolean' } as const;
  try {
    return parseArgs({
      args,
      options: {
        parts: text,
        rows: text,
        agents: text,
        seconds: text,
        rate: text,
        packets: text,
        short: flag,
        json: flag,
        help: { type: 'boolean', short: 'h' },
      },
    }).values;
  } catch (error) {
    throw new BenchError(`${(error as Error).message}\n\n${usage}`);
  }
}
