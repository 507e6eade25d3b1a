import { createReadStream } from 'node:fs';
import { open } from 'node:fs/promises';
import { type Readable } from 'node:stream';
import { constants, createGunzip } from 'node:zlib';
import { RecordingError } from './errors.js';
import {
  FORMAT_VERSION,
  MAGIC,
  MAX_RECORD_BYTES,
  PREAMBLE_BYTES,
  RECORD_HEADER_BYTES,
  recordKinds,
} from './format.js';
import { parseHead, parseRecord } from './parse.js';
import { type RecordingHead, type RecordingRecord } from './records.js';

type Chunks = AsyncIterable<Buffer> | Iterable<Buffer>;

/**
 * Reads a recording record by record; it holds no more than one record and one chunk. What is wrong with the file ends
 * the records and stands in `fault` then: everything whole before it was given.
 */
export class RecordingReader {
  #fault: RecordingError | undefined;
  #ended = false;

  private constructor(
    readonly head: RecordingHead,
    private readonly name: string,
    private readonly bytes: ByteReader,
  ) {}

  /** @throws RecordingError where there is no file, or it is no recording that this version reads */
  static async open(file: string): Promise<RecordingReader> {
    const gzipped = await isGzip(file);
    const stream = createReadStream(file, { highWaterMark: 64 * 1024 });
    return RecordingReader.read(file, gzipped ? gunzip(stream) : stream);
  }

  /** Reads what `chunks` give. @param name what errors call it @throws RecordingError as `open` does */
  static async read(name: string, chunks: Chunks): Promise<RecordingReader> {
    const bytes = new ByteReader(chunks);
    const preamble = await bytes.take(PREAMBLE_BYTES);
    if (!preamble && bytes.failure) {
      const text = `${name} cannot be read: ${bytes.failure.message}`;
      throw new RecordingError('open', 'unreadable', text, { cause: bytes.failure });
    }
    if (!preamble?.subarray(0, MAGIC.length).equals(MAGIC)) {
      throw new RecordingError('open', 'not_recording', `${name} is no recording of pkt-tracer`);
    }
    const version = preamble.readUInt32LE(MAGIC.length);
    if (version !== FORMAT_VERSION) {
      const text = `${name} has format ${version} of recordings and this program reads ${FORMAT_VERSION}`;
      throw new RecordingError('open', 'version', `${text}; use a pkt-tracer of the version that wrote it`);
    }
    const record = await rawRecord(bytes);
    const head = typeof record === 'object' && record.kind === recordKinds.head && parseHead(record.payload);
    if (!head) throw new RecordingError('open', 'malformed', `${name}: its head cannot be read`);
    return new RecordingReader(head, name, bytes);
  }

  /** Why the records ended before the recording did; undefined where all is well */
  get fault(): RecordingError | undefined {
    return this.#fault;
  }

  /** The records after the head, once. It never throws for what stands in the file: see `fault`. */
  async *records(): AsyncGenerator<RecordingRecord, void, void> {
    for (;;) {
      const { at } = this.bytes;
      const raw = await rawRecord(this.bytes);
      if (raw === 'end') {
        if (!this.#ended) this.#fail('truncated', at, 'it was cut off: the recorder did not come to its end');
        return;
      }
      if (typeof raw === 'string') return this.#fail(raw, at, why(raw, this.bytes.failure));
      const record = parseRecord(raw.kind, raw.payload);
      if (!record || this.#ended)
        return this.#fail('malformed', at, `record of kind ${raw.kind} cannot be read`);
      this.#ended = record.kind === 'end';
      yield record;
    }
  }

  #fail(code: 'truncated' | 'malformed', at: number, what: string): void {
    const text = `${this.name}: at byte ${at}: ${what}; what stands before it was read`;
    this.#fault = new RecordingError('read', code, text, { cause: this.bytes.failure });
  }
}

function why(code: 'truncated' | 'malformed', failure: Error | undefined): string {
  if (failure) return `it cannot be read on (${failure.message})`;
  if (code === 'truncated') return 'the last record is not whole';
  return `a record of more than ${MAX_RECORD_BYTES / 2 ** 20} MiB cannot be`;
}

interface RawRecord {
  kind: number;
  payload: Buffer;
}

async function rawRecord(bytes: ByteReader): Promise<RawRecord | 'end' | 'truncated' | 'malformed'> {
  const header = await bytes.take(RECORD_HEADER_BYTES);
  if (!header) return bytes.left > 0 || bytes.failure ? 'truncated' : 'end';
  const length = header.readUInt32LE(0);
  if (length > MAX_RECORD_BYTES) return 'malformed';
  const kind = header[4] ?? 0;
  const payload = await bytes.take(length);
  return payload ? { kind, payload } : 'truncated';
}

/** Takes bytes from chunks of any size. */
class ByteReader {
  /** How many bytes were taken */
  at = 0;
  /** What the source failed with */
  failure: Error | undefined;
  readonly #source: AsyncIterator<Buffer> | Iterator<Buffer>;
  #chunks: Buffer[] = [];
  #available = 0;

  constructor(chunks: Chunks) {
    this.#source =
      Symbol.asyncIterator in chunks ? chunks[Symbol.asyncIterator]() : chunks[Symbol.iterator]();
  }

  /** Bytes that were read and not taken */
  get left(): number {
    return this.#available;
  }

  /** @returns the next `length` bytes, undefined when there are fewer */
  async take(length: number): Promise<Buffer | undefined> {
    while (this.#available < length && (await this.#more()));
    if (this.#available < length) return undefined;
    const first = this.#chunks[0];
    const whole = first && first.length >= length ? first : Buffer.concat(this.#chunks);
    this.#chunks = whole === first ? this.#chunks : [whole];
    this.#chunks[0] = whole.subarray(length);
    this.#available -= length;
    this.at += length;
    return whole.subarray(0, length);
  }

  async #more(): Promise<boolean> {
    try {
      const next = await this.#source.next();
      if (next.done) return false;
      this.#chunks.push(next.value);
      this.#available += next.value.length;
      return true;
    } catch (error) {
      this.failure = error as Error;
      return false;
    }
  }
}

async function isGzip(file: string): Promise<boolean> {
  try {
    const handle = await open(file, 'r');
    try {
      const { buffer, bytesRead } = await handle.read(Buffer.alloc(2), 0, 2, 0);
      return bytesRead === 2 && buffer.readUInt16BE(0) === 0x1f8b;
    } finally {
      await handle.close();
    }
  } catch (cause) {
    const { code = '', message } = cause as NodeJS.ErrnoException;
    if (code === 'ENOENT') throw new RecordingError('open', 'missing', `there is no file ${file}`, { cause });
    throw new RecordingError('open', 'unreadable', `${file} cannot be read: ${message}`, { cause });
  }
}

/** Where the file was cut off it gives what there is: that the end is missing is seen by its records. */
function gunzip(stream: Readable): AsyncIterable<Buffer> {
  const unpacked = createGunzip({ finishFlush: constants.Z_SYNC_FLUSH });
  stream.on('error', (error) => unpacked.destroy(error));
  return stream.pipe(unpacked);
}
