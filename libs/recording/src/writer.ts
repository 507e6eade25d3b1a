import { type FileHandle, open, rm, stat } from 'node:fs/promises';
import { constants, createGzip, type Gzip } from 'node:zlib';
import { once } from 'node:events';
import { RecordingError } from './errors.js';

/** Blocks of records → a file, gzipped where its name ends with `.gz`. One `write` at a time. */
export class RecordingWriter {
  #bytes = 0;
  readonly #gzip: Gzip | undefined;
  #failure: Error | undefined;
  #packed: Buffer[] = [];

  private constructor(
    readonly file: string,
    private readonly handle: FileHandle,
  ) {
    if (!file.endsWith('.gz')) return;
    this.#gzip = createGzip({ level: constants.Z_BEST_SPEED });
    this.#gzip.on('data', (chunk: Buffer) => this.#packed.push(chunk));
    this.#gzip.on('error', (error) => (this.#failure = error));
  }

  /**
   * Makes the file, readable by its owner alone: packets' headers are private.
   * @param force write over a file that is there
   * @throws RecordingError `exists`, `unwritable`
   */
  static async create(file: string, force = false): Promise<RecordingWriter> {
    try {
      const handle = await open(file, force ? 'w' : 'wx', 0o600);
      // a file that was there keeps its mode otherwise; a device or a pipe is not ours to change
      if ((await handle.stat()).isFile()) await handle.chmod(0o600);
      return new RecordingWriter(file, handle);
    } catch (cause) {
      const { code, message } = cause as NodeJS.ErrnoException;
      if (code === 'EEXIST') {
        throw new RecordingError(
          'write',
          'exists',
          `${file} is there already; name another file or give --force`,
          {
            cause,
          },
        );
      }
      throw new RecordingError('write', 'unwritable', `${file} cannot be written: ${message}`, { cause });
    }
  }

  /** Bytes in the file */
  get bytes(): number {
    return this.#bytes;
  }

  /**
   * Writes records so that a reader finds them even if nothing more is ever written.
   * @throws RecordingError `unwritable`: disk full, for example; the file stays readable up to there
   */
  async write(block: Uint8Array): Promise<void> {
    const gzip = this.#gzip;
    if (!gzip) return this.#append(block);
    gzip.write(block);
    await new Promise<void>((resolve) => gzip.flush(constants.Z_SYNC_FLUSH, () => resolve()));
    await this.#appendPacked();
  }

  /** @throws RecordingError as `write` does; the file is closed either way */
  async close(): Promise<void> {
    try {
      if (this.#gzip && !this.#failure) {
        const ended = once(this.#gzip, 'end');
        this.#gzip.end();
        await ended;
        await this.#appendPacked();
      }
    } finally {
      await this.handle.close();
    }
  }

  /** Removes the file, after `close`; a device or a pipe stays. */
  async remove(): Promise<void> {
    if ((await stat(this.file)).isFile()) await rm(this.file);
  }

  async #appendPacked(): Promise<void> {
    const packed = this.#packed;
    this.#packed = [];
    await this.#append(Buffer.concat(packed));
  }

  async #append(bytes: Uint8Array): Promise<void> {
    if (this.#failure) throw this.#unwritable(this.#failure);
    try {
      for (let at = 0; at < bytes.length;) {
        const { bytesWritten } = await this.handle.write(bytes, at);
        at += bytesWritten;
        this.#bytes += bytesWritten;
      }
    } catch (cause) {
      this.#failure = cause as Error;
      throw this.#unwritable(cause as Error);
    }
  }

  #unwritable(cause: NodeJS.ErrnoException): RecordingError {
    const full = cause.code === 'ENOSPC' ? 'the disk is full' : cause.message;
    const text = `${this.file} cannot be written further: ${full}; it is readable up to byte ${this.#bytes}`;
    return new RecordingError('write', 'unwritable', text, { cause });
  }
}
