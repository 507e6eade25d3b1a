import { promisify } from 'node:util';
import { gunzip } from 'node:zlib';
import { RejectBatch } from '#bus';

const inflate = promisify(gunzip);

/** An agent's batch has 16k rows of about 140 bytes: 64 MiB is far above what is honest. */
export const maxBatchBytes = 64 * 2 ** 20;

/**
 * @returns the Arrow stream of a message
 * @throws RejectBatch when the encoding is not known, the bytes are damaged, or they unpack to more than 64 MiB
 */
export async function unpack(bytes: Uint8Array, encoding: string | undefined): Promise<Uint8Array> {
  if (encoding === undefined || encoding === 'identity') return bytes;
  if (encoding !== 'gzip') {
    throw new RejectBatch('encoding', `its Content-Encoding is ${JSON.stringify(encoding)}, not gzip`);
  }
  try {
    return await inflate(bytes, { maxOutputLength: maxBatchBytes });
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code === 'ERR_BUFFER_TOO_LARGE') {
      throw new RejectBatch('too_large', `it unpacks to more than ${maxBatchBytes} bytes`, { cause });
    }
    throw new RejectBatch('encoding', `it is not gzip as it claims: ${(cause as Error).message}`, { cause });
  }
}
