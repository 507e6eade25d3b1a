import { type FileHandle, open } from 'node:fs/promises';
import { reasonOf, SpoolError } from './error.js';
import { Segment } from './segment.js';

/** When what was written is forced to the disk: with each write, every second, or when the kernel likes. */
export type SyncPolicy = 'always' | 'interval' | 'never';

export interface WriterOptions {
  readonly directory: string;
  readonly maxBytes: number;
  readonly sync: SyncPolicy;
  readonly interval_ms?: number;
  /** What is there; oldest first. */
  readonly segments: Segment[];
  /** A segment is thrown away, though batches of it are not settled. */
  readonly onGone: (segment: Segment) => void;
}

interface Job {
  readonly record: Buffer;
  /** To be synced whatever the policy. */
  readonly durable: boolean;
  readonly done: (at: { segment: Segment; offset: number }) => void;
  readonly failed: (error: SpoolError) => void;
}

const MiB = 2 ** 20;
/** Of the spool is thrown away at once, when it is full. */
const SHARE = 16;
const MAX_COMMIT = 4 * MiB;

/** The one who writes: one write after the other, those that wait together. Its files are only appended to. */
export class SegmentWriter {
  readonly #segments: Segment[];
  readonly #segmentBytes: number;
  readonly #timer: NodeJS.Timeout;
  #jobs: Job[] = [];
  #current: { segment: Segment; file: FileHandle } | undefined;
  #working: Promise<void> | undefined;
  #choresDue = false;
  #dirty = false;
  #closed = false;
  #nextNumber: number;

  constructor(private readonly options: WriterOptions) {
    this.#segments = options.segments;
    this.#nextNumber = (options.segments.at(-1)?.number ?? 0) + 1;
    this.#segmentBytes = Math.min(16 * MiB, Math.max(2 ** 16, Math.floor(options.maxBytes / SHARE)));
    this.#timer = setInterval(() => this.#chore(), options.interval_ms ?? 1000).unref();
  }

  get bytes(): number {
    return this.#segments.reduce((sum, { bytes }) => sum + bytes, 0);
  }

  append(record: Buffer, durable: boolean): Promise<{ segment: Segment; offset: number }> {
    const { directory, maxBytes } = this.options;
    if (this.#closed) return Promise.reject(new SpoolError('append', 'closed', 'the spool is closed'));
    if (record.length > maxBytes) {
      const message = `a batch of ${record.length} bytes is larger than the spool ${directory} (${maxBytes} bytes); raise spool.max_bytes`;
      return Promise.reject(new SpoolError('append', 'too_large', message));
    }
    return new Promise((done, failed) => {
      this.#jobs.push({ record, durable, done, failed });
      this.#work();
    });
  }

  /** One batch less is needed of it. */
  removed(segment: Segment): void {
    segment.live--;
  }

  async close(): Promise<void> {
    this.#closed = true;
    clearInterval(this.#timer);
    await this.#working;
    await this.#retire().catch(() => undefined);
    await this.#chores();
  }

  #chore(): void {
    this.#choresDue = true;
    this.#work();
  }

  #work(): void {
    this.#working ??= this.#run().finally(() => {
      this.#working = undefined;
      if (this.#jobs.length > 0) this.#work();
    });
  }

  async #run(): Promise<void> {
    while (this.#jobs.length > 0 || this.#choresDue) {
      if (this.#jobs.length > 0) await this.#commit(this.#takeJobs());
      if (!this.#choresDue) continue;
      this.#choresDue = false;
      await this.#chores();
    }
  }

  #takeJobs(): Job[] {
    let bytes = 0;
    const most = Math.min(MAX_COMMIT, this.#segmentBytes);
    const count = this.#jobs.findIndex(({ record }, at) => (bytes += record.length) > most && at > 0);
    return this.#jobs.splice(0, count < 0 ? this.#jobs.length : count);
  }

  async #commit(jobs: readonly Job[]): Promise<void> {
    try {
      const records = jobs.map(({ record }) => record);
      const bytes = records.reduce((sum, { length }) => sum + length, 0);
      await this.#makeRoom(bytes);
      const { segment, file } = await this.#open();
      await writeAll(file, records, segment.size);
      this.#dirty = true;
      if (this.options.sync === 'always' || jobs.some(({ durable }) => durable)) await this.#sync(file);
      for (const { record, done } of jobs) {
        segment.live++;
        done({ segment, offset: segment.size });
        segment.size += record.length;
      }
    } catch (cause) {
      await this.#cutOff();
      const why = `the spool ${this.options.directory} takes no batches (${reasonOf(cause)})`;
      const error = new SpoolError('append', 'write', why, { cause });
      for (const { failed } of jobs) failed(error);
    }
  }

  async #open(): Promise<{ segment: Segment; file: FileHandle }> {
    if (this.#current && this.#current.segment.size >= this.#segmentBytes) await this.#retire();
    if (this.#current) return this.#current;
    const segment = new Segment(this.options.directory, this.#nextNumber);
    const file = await open(segment.path, 'wx', 0o600);
    this.#nextNumber++;
    this.#segments.push(segment);
    this.#current = { segment, file };
    if (this.options.sync === 'always') await syncDirectory(this.options.directory);
    return this.#current;
  }

  async #sync(file: FileHandle): Promise<void> {
    await file.datasync();
    this.#dirty = false;
  }

  /** No more is written to it. */
  async #retire(): Promise<void> {
    const current = this.#current;
    if (!current) return;
    this.#current = undefined;
    try {
      if (this.#dirty && this.options.sync !== 'never') await this.#sync(current.file);
    } finally {
      await current.file.close();
    }
  }

  /** What was written in part must not stand before what comes next. */
  async #cutOff(): Promise<void> {
    const current = this.#current;
    if (!current) return;
    await current.file.truncate(current.segment.size).catch(() => this.#retire().catch(() => undefined));
  }

  /** Throws away what is not needed, then the oldest segments, until so much finds room. */
  async #makeRoom(bytes: number): Promise<void> {
    if (this.bytes + bytes > this.options.maxBytes) await this.#deleteNeedless();
    while (this.bytes + bytes > this.options.maxBytes) {
      const [oldest] = this.#segments;
      if (!oldest) return;
      if (oldest === this.#current?.segment) await this.#retire();
      await oldest.delete();
      this.#segments.shift();
      if (oldest.live > 0) this.options.onGone(oldest);
    }
  }

  /** Syncs, writes down what was removed, deletes what is not needed any more. What fails is tried again. */
  async #chores(): Promise<void> {
    const current = this.#current;
    // an empty one that was written to is given back when it is large, or at the end
    if (current?.segment.live === 0 && current.segment.size >= this.#segmentBytes / 2) {
      await this.#retire().catch(() => undefined);
    } else if (current && this.#dirty && this.options.sync === 'interval') {
      await this.#sync(current.file).catch(() => undefined);
    }
    await this.#deleteNeedless();
    for (const segment of this.#segments) await segment.settle().catch(() => undefined);
  }

  async #deleteNeedless(): Promise<void> {
    for (const segment of [...this.#segments]) {
      if (segment === this.#current?.segment || !segment.needless) continue;
      const deleted = await segment.delete().then(
        () => true,
        () => false,
      );
      if (deleted) this.#segments.splice(this.#segments.indexOf(segment), 1);
    }
  }
}

async function writeAll(file: FileHandle, records: readonly Buffer[], position: number): Promise<void> {
  const { bytesWritten } = await file.writev(records, position);
  const bytes = records.reduce((sum, { length }) => sum + length, 0);
  if (bytesWritten === bytes) return;
  // cut short by a full disk: the rest says why
  const rest = Buffer.concat(records).subarray(bytesWritten);
  for (let at = 0; at < rest.length;) {
    at += (await file.write(rest, at, rest.length - at, position + bytesWritten + at)).bytesWritten;
  }
}

async function syncDirectory(directory: string): Promise<void> {
  const handle = await open(directory, 'r');
  await handle.sync().finally(() => handle.close());
}
