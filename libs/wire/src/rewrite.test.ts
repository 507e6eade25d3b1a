import fc from 'fast-check';
import { tableFromIPC, tableToIPC, type Vector } from 'apache-arrow';
import { describe, expect, it } from 'vitest';
import { agentColumns, jsonRow } from '#columns';
import { decodeBatch, encodeBatch, rewriteBatch, type AddedColumn } from './index.js';
import { anyRow } from './testing/arbitrary.js';
import { batchOf, rowOf } from './testing/rows.js';

const geo = (countries: readonly number[], asns: readonly number[]): AddedColumn[] => [
  { name: 'country_src', values: Int32Array.from(countries), strings: ['', 'DE', 'JP'] },
  { name: 'asn_src', values: Uint32Array.from(asns) },
];

describe('added columns', () => {
  const rows = [{ table: 'filter', len: 60 }, { chain: 'input', len: 61 }, { sport: 443 }];
  const batch = decodeBatch(encodeBatch(batchOf(rows)));

  it('are read beside those that were there', () => {
    const more = batch.with(geo([2, 0, 1], [13335, 0, 2 ** 32 - 1]));
    expect([0, 1, 2].map((row) => more.get('country_src', row))).toEqual(['JP', '', 'DE']);
    expect([0, 1, 2].map((row) => more.get('asn_src', row))).toEqual([13335, 0, 4294967295]);
    expect([0, 1, 2].map((row) => rowOf(more, row))).toEqual([0, 1, 2].map((row) => rowOf(batch, row)));
    expect(jsonRow(more, 0)).toMatchObject({
      country_src: 'JP',
      country_dst: '',
      asn_src: 13335,
      asn_dst: 0,
    });
    expect(batch.get('country_src', 0)).toBe('');
  });

  it('share what was there', () => {
    const more = batch.with(geo([0, 0, 0], [0, 0, 0]));
    expect(more.bytesOf('ip_src')).toBe(batch.bytesOf('ip_src'));
    expect(more.bytesOf('ip_src')).toHaveLength(48);
    expect(batch.bytesOf('country_src')).toBeUndefined();
  });

  it('are refused where they are too short, there already, or out of their strings', () => {
    expect(() => batch.with([{ name: 'asn_src', values: new Uint32Array(2) }])).toThrow(
      'Column asn_src has 8 bytes of the 12 it needs.',
    );
    expect(() => batch.with(geo([0, 0, 0], [0, 0, 0])).with(geo([0, 0, 0], [0, 0, 0]))).toThrow(
      'has column country_src already',
    );
    expect(() => batch.with(geo([0, 3, 0], [0, 0, 0]))).toThrow('refers to string 3 of 3');
  });
});

describe('rewriteBatch', () => {
  it('writes the same values again, as Arrow itself reads them', () => {
    fc.assert(
      fc.property(fc.array(anyRow, { minLength: 1, maxLength: 20 }), (rows) => {
        const bytes = encodeBatch(batchOf(rows));
        const again = decodeBatch(rewriteBatch(decodeBatch(bytes)));
        expect(rows.map((_, row) => rowOf(again, row))).toEqual(rows);
      }),
      { numRuns: 50 },
    );
  });

  it('writes the bytes of an unchanged batch as they came', () => {
    const bytes = encodeBatch(batchOf(fc.sample(anyRow, { numRuns: 50, seed: 1 })));
    expect(Buffer.from(rewriteBatch(decodeBatch(bytes))).equals(bytes)).toBe(true);
  });

  it('writes what was added', () => {
    const rows = fc.sample(anyRow, { numRuns: 3, seed: 2 });
    const more = decodeBatch(encodeBatch(batchOf(rows))).with(geo([2, 0, 1], [7, 0, 9]));
    const table = tableFromIPC(rewriteBatch(more));
    expect(table.schema.names).toEqual([...agentColumns.map((c) => c.name), 'country_src', 'asn_src']);
    expect([...(table.getChild('country_src') as Vector)]).toEqual(['JP', '', 'DE']);
    expect([...(table.getChild('asn_src') as Vector)]).toEqual([7, 0, 9]);
    expect(table.getChild('rule')?.get(1)).toBe(rows[1]?.rule);
  });

  it('writes a batch of an older agent, and one whose buffers are longer than its rows', () => {
    const old = tableFromIPC(encodeBatch(batchOf([{ len: 60, table: 'a', decisive: true }]))).select([
      'len',
      'decisive',
      'table',
      'ip_src',
    ]);
    const batch = decodeBatch(tableToIPC(old, 'stream'));
    const table = tableFromIPC(rewriteBatch(batch.with([{ name: 'asn_dst', values: new Uint32Array(40) }])));
    expect(table.toArray().map((row: unknown) => ({ ...(row as object) }))).toEqual([
      { len: 60, decisive: true, table: 'a', ip_src: new Uint8Array(16), asn_dst: 0 },
    ]);
  });

  it('is not taken for the batch of an agent', () => {
    const more = decodeBatch(encodeBatch(batchOf([{}]))).with(geo([1], [1]));
    expect(() => decodeBatch(rewriteBatch(more))).toThrow(
      "The batch's schema has column country_src, which only the hub adds; leave it out.",
    );
  });
});
