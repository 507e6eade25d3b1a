import { gzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { RejectBatch } from '#bus';
import { unpack, unpackBatch, unpackedBytes } from './gunzip.js';

const headers = { 'Content-Encoding': 'gzip', 'Visor-Rows': '100' };
const text = Buffer.from('a batch of rows '.repeat(1000));

/** Bytes that claim to unpack to so many. */
function claiming(bytes: Buffer, size: number): Buffer {
  const copy = Buffer.from(bytes);
  copy.writeUInt32LE(size, copy.length - 4);
  return copy;
}

async function reasonOf(bytes: Uint8Array, extra: Record<string, string> = {}): Promise<string> {
  const given = { bytes, headers: { ...headers, ...extra } };
  return unpackBatch(given).then(
    () => 'unpacked',
    (error: unknown) => (error instanceof RejectBatch ? error.reason : String(error)),
  );
}

describe('unpackBatch', () => {
  it('gives the bytes in a buffer that starts at a multiple of 8', async () => {
    const bytes = await unpackBatch({ bytes: gzipSync(text), headers });
    expect(text.equals(bytes)).toBe(true);
    expect(bytes.byteOffset % 8).toBe(0);
    expect(unpackedBytes({ bytes: gzipSync(text), headers })).toBe(text.length);
    expect(await unpackBatch({ bytes: text, headers: {} })).toBe(text);
  });

  it.each([
    ['one that is none', Buffer.from('this is no gzip file, is it?'), 'encoding'],
    ['a short one that is none', Buffer.from('no gzip'), 'encoding'],
    [
      'a damaged one',
      Buffer.concat([gzipSync(text).subarray(0, 20), gzipSync(text).subarray(24)]),
      'encoding',
    ],
    ['a bomb, before it is unpacked', gzipSync(Buffer.alloc(8 * 2 ** 20)), 'too_large'],
    ['a bomb that lies', claiming(gzipSync(Buffer.alloc(8 * 2 ** 20)), 5000), 'too_large'],
    ['one that says more than it has', claiming(gzipSync(text), text.length + 1), 'encoding'],
    ['two in one', Buffer.concat([gzipSync(text), gzipSync(text)]), 'too_large'],
    ['an empty one that is longer', claiming(gzipSync(text), 0), 'too_large'],
  ])('refuses %s', async (_name, bytes, reason) => {
    expect(await reasonOf(bytes)).toBe(reason);
  });

  it('takes as many bytes as the rows may have, and never more than 64 MiB', async () => {
    const large = gzipSync(Buffer.alloc(8 * 2 ** 20));
    expect(await reasonOf(large, { 'Visor-Rows': '4096' })).toBe('unpacked');
    expect(await reasonOf(large, { 'Visor-Rows': '-1' })).toBe('too_large');
    expect(await reasonOf(claiming(large, 2 ** 26 + 1), { 'Visor-Rows': '99999999' })).toBe('too_large');
  });
});

it('a document in several pieces is unpacked as a whole', async () => {
  const twice = await unpack(Buffer.concat([gzipSync('{"a":'), gzipSync('1}')]), 'gzip');
  expect(Buffer.from(twice).toString()).toBe('{"a":1}');
});
