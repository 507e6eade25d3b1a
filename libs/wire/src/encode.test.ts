import fc from 'fast-check';
import { Field, tableFromIPC, type Dictionary, type Vector } from 'apache-arrow';
import { describe, expect, it } from 'vitest';
import { agentColumns, ColumnBatch, StringTable, type ColumnName } from '#columns';
import { BatchEncoder, decodeBatch, encodeBatch, WireError } from './index.js';
import { anyRow } from './testing/arbitrary.js';
import { batchOf, putRow, rowOf, type RowValues } from './testing/rows.js';
import { arrowTypes } from './types.js';

const lowest: RowValues = rowOf(batchOf([{}]), 0) as RowValues;
const highest = Object.fromEntries(
  agentColumns.map(({ name, kind }) => [
    name,
    {
      timestamp: 4_102_444_799_999_999,
      u8: 0xff,
      u16: 0xffff,
      u32: 0xffff_ffff,
      u64: 2n ** 64n - 1n,
      bool: true,
      name: 'ÿ'.repeat(5000),
      enum: 'unknown',
      ip: new Uint8Array(16).fill(0xff),
      mac: 2n ** 48n - 1n,
      flags: 0xffff_ffff,
    }[kind],
  ]),
) as RowValues;

function dictionaryOf(bytes: Uint8Array, column: ColumnName): unknown[] {
  const vector = tableFromIPC(bytes).getChild(column) as Vector<Dictionary>;
  return [...(vector.data[0]?.dictionary ?? [])];
}

describe('encodeBatch', () => {
  it('round-trips the least and the greatest value of every kind', () => {
    const decoded = decodeBatch(encodeBatch(batchOf([lowest, highest, lowest])));
    expect(decoded.rows).toBe(3);
    expect([0, 1, 2].map((row) => rowOf(decoded, row))).toEqual([lowest, highest, lowest]);
  });

  it('round-trips any rows', () => {
    const encoder = new BatchEncoder();
    fc.assert(
      fc.property(fc.array(anyRow, { minLength: 1, maxLength: 20 }), (rows) => {
        const decoded = decodeBatch(encoder.encode(batchOf(rows)));
        expect(rows.map((_, row) => rowOf(decoded, row))).toEqual(rows);
      }),
      { numRuns: 100 },
    );
  });

  it('writes the declared types, names and no nulls, as Arrow itself reads them', () => {
    const table = tableFromIPC(encodeBatch(batchOf([highest, lowest])));
    const fields = table.schema.fields;
    const expected = agentColumns.map((c, id) => new Field(c.name, arrowTypes[c.kind].create(id), false));
    expect(fields.map(String)).toEqual(expected.map(String));
    expect(fields.every((_, i) => table.getChildAt(i)?.nullCount === 0)).toBe(true);
    expect(table.getChild('packet_id')?.get(0)).toBe(2n ** 64n - 1n);
    expect(table.getChild('rule')?.get(0)).toBe(highest.rule);
  });

  it('writes only the strings that the rows use, each once, apart for each column', () => {
    const strings = new StringTable();
    for (let i = 0; i < 100_000; i++) strings.id(`string ${i}`);
    const rows = Array.from({ length: 300 }, (_, i) => ({ table: 'filter', chain: `chain ${i % 3}` }));
    const bytes = encodeBatch(batchOf(rows, strings));
    expect(dictionaryOf(bytes, 'table')).toEqual(['filter']);
    expect(dictionaryOf(bytes, 'chain')).toEqual(['chain 0', 'chain 1', 'chain 2']);
    expect(dictionaryOf(bytes, 'iif')).toEqual(['']);
  });

  it('finds strings that the table got between two batches', () => {
    const strings = new StringTable();
    const encoder = new BatchEncoder();
    for (let i = 0; i < 50; i++) {
      const rows = [{ rule: `rule ${i}`, chain: 'input' }, { rule: `rule ${i - 1}` }];
      const decoded = decodeBatch(encoder.encode(batchOf(rows, strings)));
      expect([decoded.get('rule', 0), decoded.get('rule', 1), decoded.get('chain', 0)]).toEqual([
        `rule ${i}`,
        `rule ${i - 1}`,
        'input',
      ]);
    }
  });

  it('takes a number that the table never gave out for the empty string', () => {
    const batch = batchOf([{ table: 'a' }, { table: '' }, { table: 'b' }, { table: 'b' }]);
    batch.data.table.set([-1, 0, 1_000_000, 1]);
    const bytes = encodeBatch(batch);
    expect(dictionaryOf(bytes, 'table')).toEqual(['', 'a']);
    expect(decodeBatch(bytes).get('table', 3)).toBe('a');
  });

  it('copies: the batch may be filled again', () => {
    const batch = new ColumnBatch(4);
    putRow(batch, 0, { ...highest });
    batch.rows = 1;
    const bytes = encodeBatch(batch);
    for (const { name } of agentColumns) batch.data[name].fill(0);
    expect(rowOf(decodeBatch(bytes), 0)).toEqual(highest);
  });

  it('leaves out what lies after the last row', () => {
    const batch = batchOf([{ table: 'a' }, { table: 'b' }]);
    batch.rows = 1;
    const bytes = encodeBatch(batch);
    expect(decodeBatch(bytes).rows).toBe(1);
    expect(dictionaryOf(bytes, 'table')).toEqual(['a']);
  });

  it('refuses a batch without rows', () => {
    expect(() => encodeBatch(new ColumnBatch(4))).toThrowError(WireError);
  });
});
