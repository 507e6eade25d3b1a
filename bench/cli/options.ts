import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { BenchError } from '../capture/lab.js';

export interface Options {
  readonly help: boolean;
  /** Only the line of JSON. */
  readonly json: boolean;
  /** As bench:query makes one. */
  readonly directory: string;
  /** Whether a database that is there already will do. */
  readonly reuse: boolean;
  /** About how many rows are made. */
  readonly rows: number;
  /** How often each start is measured. */
  readonly runs: number;
}

export const usage = `npm run bench:cli -- [options]

  --directory DIR  where the database is kept (${join(tmpdir(), 'visor-bench-cli')}); one of bench:query will do
  --reuse          use the database that is there
  --rows N         rows to make and to export (3000000)
  --runs N         starts of each kind (20)
  --short          little of all: whether it works, not how fast it is
  --json           only the line of JSON
`;

/** @throws BenchError that names the option and what is allowed */
export function parseOptions(args: string[]): Options {
  const values = parse(args);
  const short = values.short ?? false;
  const number = (name: 'rows' | 'runs', long: number, brief: number, least: number): number => {
    const given = values[name];
    const value = given === undefined ? (short ? brief : long) : Number(given);
    if (Number.isInteger(value) && value >= least) return value;
    throw new BenchError(`--${name}: "${given}" is not a whole number of ${least} or more`);
  };
  return {
    help: values.help ?? false,
    json: values.json ?? false,
    directory: resolve(values.directory ?? join(tmpdir(), 'visor-bench-cli')),
    reuse: values.reuse ?? false,
    // So many that a program that held them all would need more memory than it may.
    rows: number('rows', 3_000_000, 300_000, 10_000),
    runs: number('runs', 20, 3, 1),
  };
}

function parse(args: string[]) {
  const text = { type: 'string' } as const;
  const flag = { type: 'boolean' } as const;
  const help = { type: 'boolean', short: 'h' } as const;
  const options = {
    ...{ directory: text, rows: text, runs: text },
    ...{ reuse: flag, short: flag, json: flag, help },
  };
  try {
    return parseArgs({ args, options }).values;
  } catch (error) {
    throw new BenchError(`${(error as Error).message}\n\n${usage}`);
  }
}
