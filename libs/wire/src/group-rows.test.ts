import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { agentColumns, type AgentColumnName } from '#columns';
import { decisiveRows, decodeBatch, encodeBatch, groupRows } from './index.js';
import { anyRow } from './testing/arbitrary.js';
import { batchOf, rowOf, type RowValues } from './testing/rows.js';

const decoded = (rows: readonly Partial<RowValues>[]) => decodeBatch(encodeBatch(batchOf(rows)));
const names: readonly AgentColumnName[] = agentColumns.map(({ name }) => name);
const text = (value: unknown): string =>
  JSON.stringify(value, (_, cell: unknown) => (typeof cell === 'bigint' ? `${cell}n` : cell));

describe('groupRows', () => {
  it('puts together just the rows that have the same values, of columns of every kind', () => {
    // few different values, so that rows share some
    const rows = fc
      .array(anyRow, { minLength: 2, maxLength: 4 })
      .chain((pool) =>
        fc.array(fc.tuple(fc.constantFrom(...pool), fc.constantFrom(...pool), fc.subarray([...names])), {
          minLength: 1,
          maxLength: 40,
        }),
      )
      .map((mixed) =>
        mixed.map(([a, b, other]) => ({ ...a, ...Object.fromEntries(other.map((name) => [name, b[name]])) })),
      );
    fc.assert(
      fc.property(rows, fc.subarray([...names], { maxLength: 4 }), (all, columns) => {
        const batch = decoded(all);
        const asked = Uint32Array.from(all.keys()).filter((row) => row % 3 !== 1);
        const keys = [...asked].map((row) => {
          const values = rowOf(batch, row) as Record<string, unknown>;
          return text(columns.map((name) => values[name]));
        });
        const groups = groupRows(batch, columns, asked);
        expect([...groups.of].map((group) => groups.first[group])).toEqual(
          keys.map((key) => asked[keys.indexOf(key)]),
        );
        expect(groups.first).toHaveLength(new Set(keys).size);
      }),
      { numRuns: 200 },
    );
  });

  it('tells apart what differs in any part of a long value', () => {
    const ip = (at: number): Uint8Array => new Uint8Array(16).fill(1, at, at + 1);
    const ips = Array.from({ length: 16 }, (_, at) => ({ ip_src: ip(at) }));
    const u64s = [1n, 1n << 31n, 1n << 32n, 1n << 63n].map((handle) => ({ handle }));
    for (const [column, rows] of [['ip_src', ips] as const, ['handle', u64s] as const]) {
      const all = [...rows, ...rows];
      const { first, of } = groupRows(decoded(all), [column], Uint32Array.from(all.keys()));
      expect(first).toEqual([...rows.keys()]);
      expect([...of]).toEqual([...first, ...first]);
    }
  });

  it('has no groups of no rows', () => {
    expect(groupRows(decoded([{ fate: 'dropped' }]), ['fate'], new Uint32Array(0)).first).toEqual([]);
  });
});

it('decisiveRows are the rows that say so', () => {
  const rows = Array.from({ length: 21 }, (_, row) => ({ decisive: row % 5 === 1 }));
  expect([...decisiveRows(decoded(rows))]).toEqual([1, 6, 11, 16]);
});
