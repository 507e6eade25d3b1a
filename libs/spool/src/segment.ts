import { appendFile, type FileHandle, open, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { HEADER_BYTES, payloadIntact, readHeader } from './record.js';
import { settledBytes } from './settled.js';

const NAME = /^(\d{10})\.batches$/;

/** @returns the number of the segment that a file is; undefined for another file */
export function segmentNumber(file: string): number | undefined {
  const [, number] = NAME.exec(file) ?? [];
  return number === undefined ? undefined : Number(number);
}

/** A file of records, and beside it one of what is settled of them. */
export class Segment {
  readonly path: string;
  readonly settledPath: string;
  /** Bytes of whole records. */
  size = 0;
  settledSize = 0;
  /** How many of its batches are not settled. */
  live = 0;
  /** Removed, and not yet written down. */
  removed: bigint[] = [];
  /** It must be there as long as these: its groups say which of their batches stand no longer. */
  readonly outlives = new Set<Segment>();
  gone = false;

  constructor(
    directory: string,
    readonly number: number,
  ) {
    const name = String(number).padStart(10, '0');
    this.path = join(directory, `${name}.batches`);
    this.settledPath = join(directory, `${name}.settled`);
  }

  get bytes(): number {
    return this.size + this.settledSize;
  }

  get needless(): boolean {
    return this.live === 0 && [...this.outlives].every(({ gone }) => gone);
  }

  /** Writes down what was removed. @throws what the disk says; it is tried again with the next */
  async settle(damages: readonly number[] = []): Promise<void> {
    const { removed } = this;
    if (removed.length + damages.length === 0) return;
    const bytes = settledBytes(removed, damages);
    await appendFile(this.settledPath, bytes, { mode: 0o600 });
    this.settledSize += bytes.length;
    this.removed = this.removed.slice(removed.length);
  }

  async delete(): Promise<void> {
    await rm(this.path, { force: true });
    this.gone = true;
    await rm(this.settledPath, { force: true });
  }

  /** @returns the bytes of the batch whose record is at `offset`; undefined where they are not what was written */
  async read(offset: number, size: number, batchId: bigint): Promise<Buffer | undefined> {
    const file = await open(this.path, 'r').catch((error: NodeJS.ErrnoException) => {
      if (error.code !== 'ENOENT') throw error;
    });
    if (!file) return undefined;
    try {
      const whole = await readAt(file, offset, HEADER_BYTES + 2 ** 16 + size);
      const header = readHeader(whole, 0);
      if (header?.batchId !== batchId || !payloadIntact(whole, 0, header)) return undefined;
      const start = HEADER_BYTES + header.netnsLength;
      return whole.subarray(start, start + size);
    } finally {
      await file.close();
    }
  }
}

async function readAt(file: FileHandle, offset: number, length: number): Promise<Buffer> {
  const { size } = await file.stat();
  const buffer = Buffer.allocUnsafe(Math.max(0, Math.min(length, size - offset)));
  let at = 0;
  while (at < buffer.length) {
    const { bytesRead } = await file.read(buffer, at, buffer.length - at, offset + at);
    if (bytesRead === 0) break;
    at += bytesRead;
  }
  return buffer.subarray(0, at);
}
