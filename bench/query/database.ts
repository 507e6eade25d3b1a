import {
  createReadStream,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { Session } from 'chdb';
import { openStore, type Store } from '#clickhouse';
import { BenchError } from '../capture/lab.js';
import { type Options } from './options.js';
import { ROWS_PER_PACKET, trafficSql } from './traffic-sql.js';

const DAY_US = 86_400e6;
/** Of one INSERT. */
const STRETCH_US = 6 * 3600e6;
/** Says of a directory that it may be removed. */
const OURS = 'made-by-visor-bench-query';
/** Kept for longer than they are old, so that a database can be used again another day. */
export const TTL_DAYS = 60;

/** What the file beside the database says of it. */
export interface Contents {
  /** Changes when the same rows would not be made any more. */
  readonly generator: 1;
  readonly rows: number;
  /** µs; the time that its rows end at. */
  readonly until_us: number;
  readonly made_s: number;
  readonly rolledUp_s: number;
}

export interface Database {
  readonly directory: string;
  readonly contents: Contents;
  readonly store: Store;
}

/** Rows to make; they end at a time, µs. */
interface Wanted {
  readonly rows: number;
  readonly days: number;
  readonly until_us: number;
}

export type Tell = (text: string) => void;

const openAt = (directory: string): Promise<Store> =>
  openStore({ url: `embedded:${directory}`, ttlDays: TTL_DAYS, flowsTtlDays: TTL_DAYS, fsync: false });

/**
 * Opens the database of an earlier run, or makes one.
 * @param directory of the database, and of a note on what is in it
 * @throws BenchError where there is something else in the directory
 */
export async function openDatabase(
  directory: string,
  { rows, days, reuse }: Pick<Options, 'rows' | 'days' | 'reuse'>,
  tell: Tell,
): Promise<Database> {
  const note = join(directory, 'visor-bench-query.json');
  const data = join(directory, 'clickhouse');
  if (reuse && existsSync(note)) {
    const contents = JSON.parse(readFileSync(note, 'utf8')) as Contents;
    tell(`the ${contents.rows.toLocaleString('en-US')} rows of an earlier run in ${directory}`);
    return { directory: data, contents, store: await openAt(data) };
  }
  if (existsSync(directory) && readdirSync(directory).length > 0 && !existsSync(join(directory, OURS)))
    throw new BenchError(
      `--directory: ${directory} is there and is no database of this benchmark: remove it or name another`,
    );
  rmSync(directory, { recursive: true, force: true });
  mkdirSync(directory, { recursive: true });
  writeFileSync(join(directory, OURS), '');
  const store = await openAt(data);
  try {
    const until_us = Math.floor(Date.now() / 1000) * 1e6;
    const start = performance.now();
    const made = makeRows(data, { rows, days, until_us }, tell);
    const filled = performance.now();
    tell('rolling up');
    await rollUp(data, store, { days, until_us });
    const contents = {
      generator: 1,
      rows: made,
      until_us,
      made_s: (filled - start) / 1000,
      rolledUp_s: (performance.now() - filled) / 1000,
    } as const;
    writeFileSync(note, `${JSON.stringify(contents)}\n`);
    return { directory: data, contents, store };
  } catch (error) {
    await store.close();
    throw error;
  }
}

function makeRows(data: string, { rows, days, until_us }: Wanted, tell: Tell): number {
  const session = new Session(data);
  try {
    const packets = Math.round(rows / ROWS_PER_PACKET);
    let first = 0;
    for (const stretch of stretches(until_us, days)) {
      const end = Math.round((packets * (stretch.until_us - until_us + days * DAY_US)) / (days * DAY_US));
      const { from_us, until_us: to } = stretch;
      session.query(trafficSql({ from_us, length_us: to - from_us, first, packets: end - first }), 'CSV');
      first = end;
      if (to % DAY_US !== 0) continue;
      const day = dayOf(from_us);
      tell(`${day}: ${first.toLocaleString('en-US')} packets`);
      // What merges of so few bytes come to in the hours after a day.
      session.query(`OPTIMIZE TABLE traces PARTITION '${day}' FINAL`, 'CSV');
    }
    return Number(session.query('SELECT count() FROM traces', 'TSV'));
  } finally {
    session.close();
  }
}

/** What is asked is in the page cache then: each answer finds the disk as the next one does. */
export async function warmUp(data: string): Promise<void> {
  for (const file of readdirSync(data, { recursive: true, withFileTypes: true })) {
    if (!file.isFile()) continue;
    try {
      for await (const _ of createReadStream(join(file.parentPath, file.name), { highWaterMark: 1 << 20 }));
    } catch (error) {
      // Parts that were merged go meanwhile.
      if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
    }
  }
}

const dayOf = (us: number): string => new Date(us / 1000).toISOString().slice(0, 10);

/** Six hours at a time, never over the end of a UTC day. */
function* stretches(until_us: number, days: number): Generator<{ from_us: number; until_us: number }> {
  for (let from = until_us - days * DAY_US; from < until_us;) {
    const to = Math.min(until_us, (Math.floor(from / STRETCH_US) + 1) * STRETCH_US);
    yield { from_us: from, until_us: to };
    from = to;
  }
}

/** By the hub's own code, after marks like those that a hub leaves which was killed. */
async function rollUp(data: string, store: Store, { days, until_us }: Omit<Wanted, 'rows'>): Promise<void> {
  const session = new Session(data);
  try {
    session.query(
      `INSERT INTO rollup_marks (minute, run, kind, seq, value) SETTINGS async_insert = 0
SELECT DISTINCT intDiv(toUnixTimestamp64Micro(ts), 60000000) AS minute, 'bench', 'mark', 1, 1 FROM traces WHERE decisive`,
      'CSV',
    );
    while ((await store.rollUp(until_us)) > 0);
    // As min_age_to_force_merge_seconds has it an hour later.
    for (let day = until_us - days * DAY_US; dayOf(day) < dayOf(until_us); day += DAY_US)
      session.query(`OPTIMIZE TABLE flows_1m PARTITION '${dayOf(day)}' FINAL`, 'CSV');
  } finally {
    session.close();
  }
}
