import { constants as modes } from 'node:fs';
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
  #begun = false;

  private constructor(
    readonly file: string,
    private readonly handle: FileHandle,
    /** Whether the file is new */
    private readonly made: boolean,
  ) {
    if (!file.endsWith('.gz')) return;
    this.#gzip = createGzip({ level: constants.Z_BEST_SPEED });
    this.#gzip.on('data', (chunk: Buffer) => this.#packed.push(chunk));
    this.#gzip.on('error', (error) => (this.#failure = error));
  }

  /**
   * Makes the file, readable by its owner alone: packets' headers are private.
   * @param force write over a file that is there, from the first `write` on: until then it is kept
   * @throws RecordingError `exists`, `unwritable`
   */
  static async create(file: string, force = false): Promise<RecordingWriter> {
    try {
      const there = force ? await open(file, modes.O_WRONLY).catch(notThere) : undefined;
      return new RecordingWriter(file, there ?? (await open(file, force ? 'w' : 'wx', 0o600)), !there);
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
    if (!this.#begun) await this.#begin();
    const gzip = this.#gzip;
    if (!gzip) return this.#append(block);
    gzip.write(block);
    await new Promise<void>((resolve) => gzip.flush(constants.Z_SYNC_FLUSH, () => resolve()));
    await this.#appendPacked();
  }

  /** @throws RecordingError as `write` does; the file is closed either way */
  async close(): Promise<void> {
    try {
      if (this.#gzip && this.#begun && !this.#failure) {
        const ended = once(this.#gzip, 'end');
        this.#gzip.end();
        await ended;
        await this.#appendPacked();
      }
    } finally {
      await this.handle.close();
    }
  }

  /** Removes the file, after `close`; a device or a pipe stays, and what was there and is not written over. */
  async remove(): Promise<void> {
    if ((this.made || this.#begun) && (await stat(this.file)).isFile()) await rm(this.file);
  }

  /** A file that was there is emptied, and loses its mode; a device or a pipe is not ours to change. */
  async #begin(): Promise<void> {
    this.#begun = true;
    if (this.made || !(await this.handle.stat()).isFile()) return;
    await this.handle.chmod(0o600);
    await this.handle.truncate();
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

function notThere(error: NodeJS.ErrnoException): undefined {
  if (error.code !== 'ENOENT') throw error;
}
