import { readFile, stat } from 'node:fs/promises';
import { Repeats, type Counters, type Log } from '#app-kit';
import { GeoDatabase } from './database.js';
import { GeoError } from './errors.js';
import { type GeoField } from './fields.js';

export interface DatabaseFileOptions {
  readonly path: string;
  /** How often the file is looked at */
  readonly interval_ms: number;
  readonly log: Log;
  /** `geoip_loads` and `geoip_failures`, by database */
  readonly counters: Counters;
  /** Is called when another database is in use */
  readonly onChange: () => void;
}

/**
 * A database by its file. The file is looked at by its size, times and inode, and read when they changed and then stayed
 * the same for one interval: programs that write in place are let finish. What cannot be used changes nothing: the last
 * good data stay.
 */
export class DatabaseFile<V> {
  #database: GeoDatabase<V> | undefined;
  /** Of what was read last, and of what was seen last */
  #read = '';
  #seen = '';
  #problem: string | undefined;
  #timer: NodeJS.Timeout | undefined;
  #stopped = false;
  readonly #repeats: Repeats;

  constructor(
    private readonly field: GeoField<V>,
    private readonly options: DatabaseFileOptions,
  ) {
    this.#repeats = new Repeats(options.log);
  }

  get name(): 'city' | 'asn' {
    return this.field.database;
  }

  /** The last good data; undefined = there were none yet */
  get database(): GeoDatabase<V> | undefined {
    return this.#database;
  }

  /** Why the file as it is now is not in use */
  get problem(): string | undefined {
    return this.#problem;
  }

  /** Reads the file, and looks at it from then on. Resolves where it cannot be read, too: the log says so. */
  async start(): Promise<void> {
    this.#seen = await this.#stamp();
    await this.#load();
    this.#next();
  }

  stop(): void {
    this.#stopped = true;
    clearTimeout(this.#timer);
    this.#repeats.flush();
  }

  #next(): void {
    if (this.#stopped) return;
    this.#timer = setTimeout(() => void this.look().finally(() => this.#next()), this.options.interval_ms);
    this.#timer.unref();
  }

  /** Looks at the file once, as it does after each interval. */
  async look(): Promise<void> {
    const stamp = await this.#stamp();
    const settled = stamp === this.#seen;
    this.#seen = stamp;
    if (settled && stamp !== this.#read) await this.#load();
  }

  /** @returns what changes when the file does; why it cannot be looked at otherwise */
  async #stamp(): Promise<string> {
    try {
      const { ino, size, mtimeNs, ctimeNs } = await stat(this.options.path, { bigint: true });
      return `${ino} ${size} ${mtimeNs} ${ctimeNs}`;
    } catch (error) {
      return reasonOf(error);
    }
  }

  async #load(): Promise<void> {
    const stamp = this.#seen;
    try {
      const bytes = await readBytes(this.options.path);
      this.#use(GeoDatabase.parse(bytes, this.field));
      this.#read = stamp;
    } catch (error) {
      // What was read and is no database stays none; a file that cannot be read now may be at the next look.
      this.#read = error instanceof GeoError && error.op === 'parse' ? stamp : '';
      this.#refuse(error);
    }
  }

  #use(database: GeoDatabase<V>): void {
    const { type, built, nodeCount } = database.metadata;
    const { log, path, counters, onChange } = this.options;
    this.#database = database;
    this.#problem = undefined;
    counters.counter('geoip_loads', this.name).add();
    log.log(`${this.field.setting}: "${path}" is in use: ${type} of ${day(built)}, ${nodeCount} nodes`);
    onChange();
  }

  #refuse(error: unknown): void {
    const { path, counters } = this.options;
    counters.counter('geoip_failures', this.name).add();
    const code = error instanceof GeoError ? error.code : 'unreadable';
    const problem = error instanceof Error ? error.message : String(error);
    if (problem === this.#problem) return;
    this.#problem = problem;
    const state = this.#database
      ? `the data of ${day(this.#database.metadata.built)} stay in use`
      : `until then ${this.field.columns} stay empty`;
    this.#repeats.warn(code, `${this.field.setting}: "${path}" ${problem}; ${state}.`);
  }
}

async function readBytes(path: string): Promise<Buffer> {
  try {
    return await readFile(path);
  } catch (cause) {
    throw new GeoError('read', 'unreadable', `cannot be read (${reasonOf(cause)})`, { cause });
  }
}

const reasons: Readonly<Record<string, string>> = {
  ENOENT: 'there is no such file: put it there or correct the setting',
  EACCES: 'permission denied: let the hub read it',
  EISDIR: 'it is a directory: give the file in it',
};

function reasonOf(error: unknown): string {
  const { code = '' } = error as NodeJS.ErrnoException;
  return reasons[code] ?? (error instanceof Error ? error.message : String(error));
}

function day(time: Date): string {
  return Number.isNaN(time.getTime()) ? 'an unknown day' : time.toISOString().slice(0, 10);
}
