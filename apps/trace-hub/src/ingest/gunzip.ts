import { promisify } from 'node:util';
import { gunzip } from 'node:zlib';
import { header, RejectBatch } from '#bus';

const inflate = promisify(gunzip);

/** What no message unpacks to, whatever it is. */
export const maxUnpackedBytes = 64 * 2 ** 20;

/** A gzip file's header and trailer. */
const gzipBytes = 18;

function checkEncoding(encoding: string | undefined): void {
  if (encoding !== undefined && encoding !== 'identity' && encoding !== 'gzip')
    throw new RejectBatch('encoding', `its Content-Encoding is ${JSON.stringify(encoding)}, not gzip`);
}

async function inflated(bytes: Uint8Array, max: number, chunkSize?: number): Promise<Uint8Array> {
  try {
    return await inflate(bytes, { maxOutputLength: Math.max(1, max), ...(chunkSize && { chunkSize }) });
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code === 'ERR_BUFFER_TOO_LARGE')
      throw new RejectBatch('too_large', `it unpacks to more than ${max} bytes`, { cause });
    throw new RejectBatch('encoding', `it is not gzip as it claims: ${(cause as Error).message}`, { cause });
  }
}

/**
 * @returns the document of a message
 * @throws RejectBatch when the encoding is not known, the bytes are damaged, or they unpack to more than 64 MiB
 */
export async function unpack(bytes: Uint8Array, encoding: string | undefined): Promise<Uint8Array> {
  checkEncoding(encoding);
  return encoding === 'gzip' ? inflated(bytes, maxUnpackedBytes) : bytes;
}

/**
 * @returns what an agent's batch unpacks to at most, by its header Visor-Rows: about 140 bytes a row, and its texts, of
 * which each is there once
 */
function batchLimit(headers: Readonly<Record<string, string>>): number {
  const rows = Number(headers[header.rows]);
  return Math.min(
    maxUnpackedBytes,
    4 * 2 ** 20 + 2048 * (Number.isSafeInteger(rows) ? Math.max(0, rows) : 0),
  );
}

/** The bytes of a batch as they came. */
export interface PackedBatch {
  readonly bytes: Uint8Array;
  readonly headers: Readonly<Record<string, string>>;
}

/**
 * @returns the bytes that a batch says it unpacks to: a gzip file ends with their number. `unpackBatch` makes no more
 * @throws RejectBatch when the encoding is not known or that is more than so many rows can have
 */
export function unpackedBytes({ bytes, headers }: PackedBatch): number {
  const encoding = headers[header.contentEncoding];
  checkEncoding(encoding);
  const max = batchLimit(headers);
  let size = bytes.length;
  if (encoding === 'gzip') {
    if (bytes.length < gzipBytes || bytes[0] !== 0x1f || bytes[1] !== 0x8b)
      throw new RejectBatch(
        'encoding',
        'it is not gzip as it claims: it is too short, or starts as something else',
      );
    size = new DataView(bytes.buffer, bytes.byteOffset).getUint32(bytes.length - 4, true);
  }
  if (size <= max) return size;
  throw new RejectBatch('too_large', `it unpacks to ${size} bytes; so many rows have at most ${max}`);
}

/**
 * Unpacks on another thread, into one buffer.
 * @returns the Arrow stream, of as many bytes as `unpackedBytes` says
 * @throws RejectBatch when the encoding is not known, the bytes are damaged, or they unpack to more than they say
 */
export async function unpackBatch(batch: PackedBatch): Promise<Uint8Array> {
  const size = unpackedBytes(batch);
  if (batch.headers[header.contentEncoding] !== 'gzip') return batch.bytes;
  // A little more room than is needed: zlib asks for another buffer when one is quite full.
  return inflated(batch.bytes, size, size + 64);
}
