import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { type CommonOptions, readOptions } from '../options.js';

export interface Options extends CommonOptions {
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
  const read = readOptions(args, usage, {
    texts: ['directory'],
    flags: ['reuse'],
    counts: {
      rows: { long: 50_000_000, short: 300_000, least: 10_000 },
      days: { long: 7, short: 1 },
      runs: { long: 50, short: 5 },
    },
  });
  return { ...read, directory: resolve(read.directory ?? join(tmpdir(), 'visor-bench-query')) };
}
