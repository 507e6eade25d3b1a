import { chosenOf, type CommonOptions, readOptions } from '../options.js';

export const parts = ['backlog', 'end-to-end', 'latency'] as const;
export type Part = (typeof parts)[number];

export interface Options extends CommonOptions {
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
  const {
    parts: named,
    rows,
    ...read
  } = readOptions(args, usage, {
    texts: ['parts'],
    counts: {
      rows: { long: 5_000_000, short: 300_000 },
      agents: { long: 4, short: 2 },
      seconds: { long: 60, short: 4 },
      rate: { long: 100_000, short: 20_000 },
      packets: { long: 300, short: 20 },
    },
  });
  return { ...read, parts: chosenOf('parts', 'part', named, parts), backlogRows: rows };
}
