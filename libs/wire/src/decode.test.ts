import fc from 'fast-check';
import {
  Dictionary,
  Int32,
  Table,
  tableFromArrays,
  tableToIPC,
  Uint16,
  Uint32,
  Utf8,
  vectorFromArray,
  type Vector,
} from 'apache-arrow';
import { describe, expect, it } from 'vitest';
import { jsonRow } from '#columns';
import {
  batchTimes,
  decodeBatch,
  encodeBatch,
  otherNumber,
  otherText,
  timestampRange,
  WireError,
  type WireErrorCode,
} from './index.js';
import { batchOf } from './testing/rows.js';

const sample = encodeBatch(
  batchOf([
    { ts: 1_795_242_433_123_456, agent_id: 'web1', packet_id: 7n, table: 'filter', len: 60, decisive: true },
    { ts: 1_795_242_433_123_457, agent_id: 'web1', packet_id: 8n, chain: 'input', sport: 443 },
  ]),
);

/** @returns the error's code; 'valid' where the bytes are read to the last value */
function outcome(bytes: Uint8Array): WireErrorCode | 'valid' {
  try {
    const batch = decodeBatch(bytes);
    for (let row = 0; row < batch.rows; row++) jsonRow(batch, row);
    return 'valid';
  } catch (error) {
    if (!(error instanceof WireError)) throw error;
    return error.code;
  }
}

function stream(vectors: Record<string, Vector>): Uint8Array {
  return tableToIPC(new Table(vectors), 'stream');
}

function flipped(bytes: Uint8Array, bit: number): Uint8Array {
  const copy = bytes.slice();
  copy[bit >> 3] = (copy[bit >> 3] ?? 0) ^ (1 << (bit & 7));
  return copy;
}

const u32 = (values: number[]): Vector => vectorFromArray(values, new Uint32());
const text = (values: string[]): Vector => vectorFromArray(values, new Dictionary(new Utf8(), new Int32()));

describe('decodeBatch', () => {
  it('gives the empty value of each kind for columns that an older stream lacks', () => {
    const batch = decodeBatch(stream({ len: u32([60]), chain: text(['input']) }));
    expect(jsonRow(batch, 0)).toMatchObject({
      len: 60,
      chain: 'input',
      ts: '1970-01-01T00:00:00.000000Z',
      packet_id: '0',
      decisive: false,
      table: '',
      ip_src: '',
      hw_src: '',
      tcp_flags: '',
    });
  });

  it.each([
    [
      'an unknown column',
      stream({ len: u32([1]), surprise: u32([1]) }),
      'schema',
      'unknown column "surprise"',
    ],
    ['another type', stream({ len: vectorFromArray([1], new Uint16()) }), 'schema', 'len as uint16'],
    ['strings without a dictionary', tableToIPC(tableFromArrays({ len: ['x'] })), 'schema', 'len as '],
    ['nulls', stream({ len: vectorFromArray([1, null], new Uint32()) }), 'malformed', 'nulls'],
    ['no rows', stream({ len: u32([]) }), 'empty', 'no rows'],
    ['no columns', stream({}), 'empty', 'no rows'],
    ['no bytes', new Uint8Array(0), 'malformed', 'cut off at byte 0'],
    ['text', new TextEncoder().encode('{"ts": "2026-11-21T00:00:00Z"}'), 'malformed', 'byte 0'],
    ['two streams', Uint8Array.from([...sample, ...sample]), 'malformed', 'follow its end'],
  ] as const)('refuses %s', (_name, bytes, code, message) => {
    expect(outcome(bytes)).toBe(code);
    expect(() => decodeBatch(bytes)).toThrowError(message);
  });

  it('refuses a dictionary index out of range', () => {
    const bytes = encodeBatch(batchOf(['a', 'bb', 'c', 'd', 'c', 'bb'].map((table) => ({ table }))));
    const indices = Buffer.from(Int32Array.of(0, 1, 2, 3, 2, 1).buffer);
    const at = Buffer.from(bytes).indexOf(indices);
    for (const index of [4, -1, 2 ** 31 - 1]) {
      new DataView(bytes.buffer).setInt32(at + 4, index, true);
      expect(() => decodeBatch(bytes)).toThrowError(`table refers to string ${index} of 4`);
    }
  });

  it('refuses a dictionary with a string twice, as ClickHouse does', () => {
    const bytes = encodeBatch(batchOf([{ table: 'filter' }, { table: 'folter' }]));
    bytes[Buffer.from(bytes).indexOf('folter') + 1] = 'i'.charCodeAt(0);
    expect(() => decodeBatch(bytes)).toThrowError('a string twice');
  });

  it('refuses a time that no partition can hold', () => {
    expect(outcome(encodeBatch(batchOf([{ ts: 4_102_444_800_000_000 }])))).toBe('malformed');
  });

  it('refuses every truncation', () => {
    for (let length = 0; length < sample.length; length++) {
      expect(outcome(sample.subarray(0, length)), `at byte ${length}`).toBe('malformed');
    }
  });

  it('gives a WireError or valid rows for every flipped bit of a few columns', () => {
    const few = stream({
      len: u32([60, 61]),
      chain: text(['input', 'output']),
      rule: text(['drop', 'drop']),
    });
    const counts = { valid: 0, malformed: 0, schema: 0, empty: 0 };
    for (let bit = 0; bit < 8 * few.length; bit++) counts[outcome(flipped(few, bit))]++;
    expect(counts.valid).toBeGreaterThan(0);
    expect(counts.malformed).toBeGreaterThan(0);
    expect(counts.schema).toBeGreaterThan(0);
  });

  it('gives a WireError or valid rows for flipped bits of all columns', () => {
    fc.assert(
      fc.property(fc.nat(8 * sample.length - 1), (bit) => {
        expect(['valid', 'malformed', 'schema', 'empty']).toContain(outcome(flipped(sample, bit)));
      }),
      { numRuns: 3000 },
    );
  });

  it('gives a WireError or valid rows for overwritten words', () => {
    const word = fc.oneof(fc.constantFrom(0, 1, 0x7fffffff, 0x80000000, 0xffffffff), fc.nat());
    const edit = fc.record({ at: fc.nat(sample.length / 4 - 1), word });
    fc.assert(
      fc.property(fc.array(edit, { minLength: 1, maxLength: 6 }), (edits) => {
        const bytes = sample.slice();
        const view = new DataView(bytes.buffer);
        for (const { at, word } of edits) view.setUint32(4 * at, word, true);
        expect(['valid', 'malformed', 'schema', 'empty']).toContain(outcome(bytes));
      }),
      { numRuns: 3000 },
    );
  });

  it('reads a stream that lies anywhere in a larger buffer', () => {
    const buffer = Buffer.alloc(sample.length + 3);
    buffer.set(sample, 3);
    expect(decodeBatch(buffer.subarray(3)).get('packet_id', 1)).toBe(8n);
  });
});

describe('times of a batch', () => {
  const at = (text: string): number => Date.parse(text) * 1000;
  const minute = (text: string): number => Date.parse(text) / 60_000;
  const batch = decodeBatch(
    encodeBatch(
      batchOf([
        { ts: at('2026-11-21T23:59:59.999Z') },
        { ts: at('2026-11-20T00:00:00Z'), decisive: true },
        { ts: at('2026-11-22T00:00:00Z') },
        { ts: at('2026-11-22T12:00:59.999Z') },
        { ts: at('2026-11-22T12:00:00Z'), decisive: true },
        { ts: at('2026-11-22T12:00:30Z'), decisive: true },
        { ts: at('2026-11-20T00:00:59Z'), decisive: true },
        { ts: at('2026-11-19T23:59:59.999Z'), decisive: true },
      ]),
    ),
  );

  it('finds the range', () => {
    expect(timestampRange(batch)).toEqual({
      minUs: at('2026-11-19T23:59:59.999Z'),
      maxUs: at('2026-11-22T12:00:59.999Z'),
    });
  });

  it('finds the UTC days, and the minutes of decisive rows', () => {
    expect(batchTimes(batch)).toEqual({
      days: ['2026-11-19', '2026-11-20', '2026-11-21', '2026-11-22'],
      minutes: ['2026-11-19T23:59Z', '2026-11-20T00:00Z', '2026-11-22T12:00Z'].map(minute),
    });
  });

  it('takes a stream without its columns for rows of 1970, none of them decisive', () => {
    expect(batchTimes(decodeBatch(stream({ len: u32([1]) })))).toEqual({ days: ['1970-01-01'], minutes: [] });
  });
});

describe('a column that should be the same in each row', () => {
  const rows = [1n, 1n, 2n ** 32n + 1n, 0n].map((batch_id, i) => ({ batch_id, agent_id: i < 1 ? 'a' : 'b' }));
  const of = (...list: number[]) => decodeBatch(encodeBatch(batchOf(list.map((i) => rows[i] ?? {}))));

  it('tells the first row that differs', () => {
    expect(otherNumber(of(0, 1), 'batch_id', 1n)).toBe(-1);
    expect(otherNumber(of(0, 1, 2), 'batch_id', 1n)).toBe(2);
    expect(otherNumber(of(2, 3), 'batch_id', 2n ** 32n + 1n)).toBe(1);
    expect(otherText(of(1, 2), 'agent_id', 'b')).toBe(-1);
    expect(otherText(of(1, 0), 'agent_id', 'b')).toBe(1);
    expect(otherText(of(0), 'agent_id', 'c')).toBe(0);
  });

  it('holds the empty value for a column that is not there', () => {
    const bare = decodeBatch(stream({ len: u32([1]) }));
    expect([otherNumber(bare, 'batch_id', 0n), otherNumber(bare, 'batch_id', 1n)]).toEqual([-1, 0]);
    expect([otherText(bare, 'agent_id', ''), otherText(bare, 'agent_id', 'a')]).toEqual([-1, 0]);
  });
});
