import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { BenchError } from '../capture/lab.js';

export interface Options {
  readonly help: boolean;
  /** Only the line of JSON. */
  readonly json: boolean;
  readonly directory: string;
  /** Whether a database that is there already will do. */
  readonly reuse: boolean;
  /** About how many rows are made. */
  readonly rows: number;
  /** Of how many days they are. */
  readonly days: number;
  /** How often each question is asked, each time with other values. */
  readonly runs: number;
}

export const usage = `npm run bench:query -- [options]

  --directory DIR  where the database is kept (${join(tmpdir(), 'visor-bench-query')}); 1 GB for 50 million rows
  --reuse          use the database that is there
  --rows N         rows to make (50000000)
  --days N         days that they are of (7)
  --runs N         runs of each question (50)
  --short          little of all: whether it works, not how fast it is
  --json           only the line of JSON
`;

/** @throws BenchError that names the option and what is allowed */
export function parseOptions(args: string[]): Options {
  const values = parse(args);
  const short = values.short ?? false;
  const number = (name: 'rows' | 'days' | 'runs', long: number, brief: number, least: number): number => {
    const given = values[name];
    const value = given === undefined ? (short ? brief : long) : Number(given);
    if (Number.isInteger(value) && value >= least) return value;
    throw new BenchError(`--${name}: "${given}" is not a whole number of ${least} or more`);
  };
  return {
    help: values.help ?? false,
    json: values.json ?? false,
    directory: resolve(values.directory ?? join(tmpdir(), 'visor-bench-query')),
    reuse: values.reuse ?? false,
    rows: number('rows', 50_000_000, 300_000, 10_000),
    days: number('days', 7, 1, 1),
    runs: number('runs', 50, 5, 1),
  };
}

function parse(args: string[]) {
  const text = { type: 'string' } as const;
  const flag = { type: 'boolean' } as const;
  try {
    return parseArgs({
      args,
      options: {
        directory: text,
        reuse: flag,
        rows: text,
        days: text,
        runs: text,
        short: flag,
        json: flag,
        help: { type: 'boolean', short: 'h' },
      },
    }).values;
  } catch (error) {
    throw new BenchError(`${(error as Error).message}\n\n${usage}`);
  }
}
