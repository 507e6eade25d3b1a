import { type FileHandle, mkdir } from 'node:fs/promises';
import { dirname } from 'node:path';
import { reasonOf, SpoolError } from './error.js';
import { checkOwner, type Loaded, loadSegments, type Place } from './load.js';
import { lockDirectory } from './lock.js';
import { type BatchFacts, batchRecord, groupRecord, HEADER_BYTES, type SpoolBatch } from './record.js';
import { type Damage } from './scan.js';
import { SegmentWriter, type SyncPolicy } from './segment-writer.js';

export interface SpoolOptions {
  readonly directory: string;
  /** The agent whose batches these are. */
  readonly owner: string;
  /** What its files may take together. */
  readonly maxBytes: number;
  readonly sync: SyncPolicy;
  /** Is told of batches that were thrown away, oldest first, because the spool was full. */
  readonly onDropped: (batchIds: readonly bigint[]) => void;
  /** How often what was removed is written down, and with `interval` what was appended is synced; default 1000 ms. */
  readonly interval_ms?: number;
}

/** A spool that was opened, and what an earlier run left in it. */
export interface OpenedSpool {
  readonly spool: Spool;
  /** In the order they were appended. */
  readonly batches: readonly BatchFacts[];
  readonly damages: readonly Damage[];
}

/**
 * A bounded directory of batches, in append-only files. A batch that `append` has resolved for is there after a crash of
 * the process, and, as the policy says, after one of the machine. Nothing here waits for more than the disk.
 */
export class Spool {
  readonly #places: Map<bigint, Place>;
  readonly #writer: SegmentWriter;

  private constructor(
    private readonly options: SpoolOptions,
    private readonly lock: FileHandle,
    { segments, places }: Loaded,
  ) {
    this.#places = places;
    this.#writer = new SegmentWriter({ ...options, segments, onGone: (segment) => this.#lose(segment) });
  }

  /** @throws SpoolError (`unusable`, `in_use`, `foreign`) */
  static async open(options: SpoolOptions): Promise<OpenedSpool> {
    const { directory, owner } = options;
    let lock: FileHandle | undefined;
    try {
      await makeDirectory(directory);
      lock = await lockDirectory(directory);
      const loaded = await loadSegments(directory);
      await checkOwner(directory, owner, loaded);
      const { batches, damages } = loaded;
      return { spool: new Spool(options, lock, loaded), batches, damages };
    } catch (cause) {
      await lock?.close();
      if (cause instanceof SpoolError) throw cause;
      const why = `the spool ${directory} cannot be used (${reasonOf(cause)})`;
      const how = 'let pkt-tracer write there, or set another spool.dir';
      throw new SpoolError('open', 'unusable', `${why}; ${how}`, { cause });
    }
  }

  /** Bytes of its files. */
  get bytes(): number {
    return this.#writer.bytes;
  }

  /** How many batches are in it. */
  get batches(): number {
    return this.#places.size;
  }

  has(batchId: bigint): boolean {
    return this.#places.has(batchId);
  }

  /**
   * Batches are written in the order of the calls; those that come while the disk is at work go in one write.
   * @returns when it is in the file (and synced, where the policy is `always`)
   * @throws SpoolError: `write` where the disk does not take it now, `too_large`, `closed`
   */
  async append(batch: SpoolBatch): Promise<void> {
    const { segment, offset } = await this.#writer.append(batchRecord(batch), false);
    this.#put(batch.batchId, { segment, offset, size: batch.bytes.length });
  }

  /**
   * Puts batches in another one's place: after a crash at any moment either it is there or all of them are. It is synced
   * whatever the policy.
   * @throws as `append`; the batch is still there then
   */
  async replace(batchId: bigint, parts: readonly SpoolBatch[]): Promise<void> {
    const { segment, offset } = await this.#writer.append(groupRecord(batchId, parts), true);
    const old = this.#places.get(batchId);
    if (old && old.segment !== segment) segment.outlives.add(old.segment);
    // the writer counts a record
    segment.live += parts.length - 1;
    let at = offset + HEADER_BYTES;
    for (const part of parts) {
      this.#put(part.batchId, { segment, offset: at, size: part.bytes.length });
      at += HEADER_BYTES + Buffer.byteLength(part.netns) + part.bytes.length;
    }
    this.remove([batchId]);
  }

  /** @returns its bytes; undefined where it is not there or no longer what was written @throws what the disk says */
  async read(batchId: bigint): Promise<Uint8Array | undefined> {
    const place = this.#places.get(batchId);
    return place?.segment.read(place.offset, place.size, batchId);
  }

  /** Forgets batches; after a crash within the next second they may be there again. */
  remove(batchIds: Iterable<bigint>): void {
    for (const batchId of batchIds) {
      const place = this.#places.get(batchId);
      if (!place) continue;
      this.#places.delete(batchId);
      place.segment.removed.push(batchId);
      this.#writer.removed(place.segment);
    }
  }

  /** Writes down what is still to be written, syncs it, and lets go of the directory. */
  async close(): Promise<void> {
    await this.#writer.close();
    await this.lock.close();
  }

  #put(batchId: bigint, place: Place): void {
    this.#places.set(batchId, place);
  }

  /** A segment is thrown away with what is in it. */
  #lose(segment: Place['segment']): void {
    const lost: bigint[] = [];
    for (const [batchId, place] of this.#places) if (place.segment === segment) lost.push(batchId);
    for (const batchId of lost) this.#places.delete(batchId);
    if (lost.length > 0) this.options.onDropped(lost);
  }
}

/** Not Node's own recursive one: where the parent is there and takes no directory (/proc) that goes on for ever. */
async function makeDirectory(path: string): Promise<void> {
  try {
    await mkdir(path, { mode: 0o700 });
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'EEXIST') return;
    if (code !== 'ENOENT' || dirname(path) === path) throw error;
    await makeDirectory(dirname(path));
    await mkdir(path, { mode: 0o700 });
  }
}
