import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { type CommonOptions, readOptions } from '../options.js';

export interface Options extends CommonOptions {
  /** As bench:query makes one. */
  readonly directory: string;
  /** Whether a database that is there already will do. */
  readonly reuse: boolean;
  /** About how many rows are made; of more that are there, so many are exported. */
  readonly rows: number;
  /** How often each start is measured. */
  readonly runs: number;
}

export const usage = `npm run bench:cli -- [options]

  --directory DIR  where the database is kept (${join(tmpdir(), 'visor-bench-cli')}); one of bench:query will do
  --reuse          use the database that is there
  --rows N         rows to make and to export; of a database with more, the first so many (3000000)
  --runs N         starts of each kind (20)
  --short          little of all: whether it works, not how fast it is
  --json           only the line of JSON
`;

/** @throws BenchError that names the option and what is allowed */
export function parseOptions(args: string[]): Options {
  const read = readOptions(args, usage, {
    texts: ['directory'],
    flags: ['reuse'],
    counts: {
      // So many that a program that held them all would need more memory than it may.
      rows: { long: 3_000_000, short: 300_000, least: 10_000 },
      runs: { long: 20, short: 3 },
    },
  });
  return { ...read, directory: resolve(read.directory ?? join(tmpdir(), 'visor-bench-cli')) };
}
