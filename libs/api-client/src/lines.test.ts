import { describe, expect, it } from 'vitest';
import { readLines } from './lines.js';

async function read(chunks: readonly Uint8Array[], max?: number): Promise<(readonly string[])[]> {
  const lines: (readonly string[])[] = [];
  for await (const part of readLines('packets', ReadableStream.from(chunks), max)) lines.push(part);
  return lines;
}

const text = '{"a":1}\n{"b":"ü→😀"}\n\n{"c":3}';
const bytes = new TextEncoder().encode(text);
const expected = ['{"a":1}', '{"b":"ü→😀"}', '{"c":3}'];

describe('readLines', () => {
  it('gives the whole lines of each chunk at once', async () => {
    const encode = (part: string): Uint8Array => new TextEncoder().encode(part);
    expect(await read([encode('a\nb\nc'), encode('d\n')])).toEqual([['a', 'b'], ['cd']]);
  });

  it('gives the same lines wherever the chunks are cut', async () => {
    for (let cut = 0; cut <= bytes.length; cut++) {
      expect((await read([bytes.subarray(0, cut), bytes.subarray(cut)])).flat(), `cut at ${cut}`).toEqual(
        expected,
      );
    }
    expect((await read(Array.from(bytes, (byte) => Uint8Array.of(byte)))).flat()).toEqual(expected);
  });

  it('gives nothing for an empty body', async () => {
    expect(await read([])).toEqual([]);
  });

  it('ends at a line that is too long, whole or not', async () => {
    const long = new TextEncoder().encode('x'.repeat(11));
    const message = 'the answer has a line of more than 10 characters';
    await expect(read([long], 10)).rejects.toThrow(message);
    await expect(read([new TextEncoder().encode(`${'x'.repeat(11)}\n`)], 10)).rejects.toThrow(message);
  });
});
