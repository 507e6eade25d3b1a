import fc from 'fast-check';
import { RecordBatchReader, tableFromIPC, tableToIPC } from 'apache-arrow';
import { describe, expect, it } from 'vitest';
import { decodeBatch, encodeBatch, joinStreams, schemaKey, WireError } from './index.js';
import { anyRow } from './testing/arbitrary.js';
import { batchOf, rowOf } from './testing/rows.js';

const one = encodeBatch(batchOf([{ table: 'filter', len: 60 }, { chain: 'input' }]));
const two = encodeBatch(batchOf([{ table: 'nat', len: 61 }]));
const narrow = tableToIPC(tableFromIPC(one).select(['len', 'table']), 'stream');

const joined = (streams: readonly Uint8Array[]): Buffer => Buffer.concat(joinStreams(streams));

/** @returns its code, or 'joined' */
function outcome(streams: readonly Uint8Array[]): string {
  try {
    joinStreams(streams);
    return 'joined';
  } catch (error) {
    if (!(error instanceof WireError)) throw error;
    return error.code;
  }
}

describe('joinStreams', () => {
  it('gives the rows of each stream with the dictionaries of its own, as Arrow itself reads them', () => {
    fc.assert(
      fc.property(
        fc.array(fc.array(anyRow, { minLength: 1, maxLength: 5 }), { minLength: 2, maxLength: 5 }),
        (batches) => {
          const stream = joined(batches.map((rows) => encodeBatch(batchOf(rows))));
          const read: string[] = [];
          for (const batch of RecordBatchReader.from(stream)) {
            for (const row of batch) read.push(String(row['rule']), String(row['packet_id']));
          }
          expect(read).toEqual(batches.flat().flatMap((row) => [row.rule, String(row.packet_id)]));
        },
      ),
      { numRuns: 30 },
    );
  });

  it('leaves a single stream as it is', () => {
    expect(joinStreams([one])).toEqual([one]);
    expect(joinStreams([one])[0]).toBe(one);
    expect(rowOf(decodeBatch(joined([one])), 0)).toMatchObject({ table: 'filter' });
  });

  it('takes streams that lie anywhere in larger buffers', () => {
    const buffer = Buffer.alloc(two.length + 3);
    buffer.set(two, 3);
    expect(joined([one, buffer.subarray(3)]).equals(joined([one, two]))).toBe(true);
  });

  it.each([
    ['no streams', [], 'empty'],
    ['another schema', [one, narrow], 'schema'],
    ['no stream', [one, new TextEncoder().encode('{"ts": 1}')], 'malformed'],
    ['no schema', [one.subarray(schemaKey(one).length)], 'malformed'],
    ['an end mark alone', [Uint8Array.of(255, 255, 255, 255, 0, 0, 0, 0)], 'malformed'],
    [
      'a schema within',
      [one, Buffer.concat([two.subarray(0, -8), one.subarray(0, schemaKey(one).length), two.subarray(-8)])],
      'malformed',
    ],
    ['bytes after the end', [one, Buffer.concat([two, new Uint8Array(8)])], 'malformed'],
  ])('refuses %s', (_name, streams, code) => {
    expect(outcome(streams)).toBe(code);
  });

  it('refuses every truncation', () => {
    for (let length = 0; length < two.length; length++) {
      expect(outcome([one, two.subarray(0, length)]), `at byte ${length}`).toBe('malformed');
    }
  });

  it('throws nothing but a WireError for overwritten words', () => {
    const word = fc.oneof(fc.constantFrom(0, 1, 0x7fffffff, 0x80000000, 0xffffffff), fc.nat());
    const edit = fc.record({ at: fc.nat(two.length / 4 - 1), word });
    fc.assert(
      fc.property(fc.array(edit, { minLength: 1, maxLength: 6 }), (edits) => {
        const bytes = two.slice();
        const view = new DataView(bytes.buffer);
        for (const { at, word } of edits) view.setUint32(4 * at, word, true);
        expect(['joined', 'malformed', 'schema']).toContain(outcome([one, bytes]));
        expect(['joined', 'malformed', 'schema']).toContain(outcome([bytes, one]));
      }),
      { numRuns: 3000 },
    );
  });
});

describe('schemaKey', () => {
  it('is equal for batches of the same columns, and for no others', () => {
    expect(schemaKey(one)).toBe(schemaKey(two));
    expect(schemaKey(narrow)).not.toBe(schemaKey(one));
  });
});
