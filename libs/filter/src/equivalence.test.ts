import { columns, findColumn, formatFlags, formatIp, formatMac, formatTimestamp, type Kind } from '#columns';
import fc from 'fast-check';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { parseAddress } from './ip.js';
import { toPredicate } from './predicate.js';
import { toSql } from './sql.js';
import { TestDatabase } from './testing/database.js';
import { rowSource, type RowValues } from './testing/rows.js';
import { and, compare, not, or, type Filter, type OrderedColumn } from './tree.js';
import { parseValue } from './values.js';

const RUNS = 400;
const addresses = [
  '::',
  '::1',
  '10.0.0.1',
  '10.0.0.255',
  '10.1.0.1',
  '0.0.0.0',
  'fd00::1',
  'fd00::1:1',
  'ffff::',
];
const bytesOf = (text: string): Uint8Array => parseAddress(text)?.bytes ?? new Uint8Array(16);

/** Few different values, with the ends of each kind, so that random filters do match random rows. */
const cells = {
  timestamp: fc.constantFrom(0, 1, 1_790_000_000_123_456, 1_790_000_000_123_457, 1_790_000_001_000_000),
  u8: fc.constantFrom(0, 1, 64, 255),
  u16: fc.constantFrom(0, 80, 443, 65535),
  u32: fc.constantFrom(0, 1, 2 ** 31, 2 ** 32 - 1),
  u64: fc.constantFrom(0n, 12n, 2n ** 53n + 1n, 2n ** 63n, 2n ** 64n - 1n),
  bool: fc.boolean(),
  name: fc.constantFrom('', 'tcp', 'a b', "it's", 'ü\n', '\\'),
  enum: fc.constantFrom(0, 1, 2),
  ip: fc.constantFrom(...addresses.map(bytesOf)),
  mac: fc.constantFrom(0n, 1n, 2n ** 48n - 1n),
  flags: fc.constantFrom(0, 1, 2, 3, 18, 0x80000001),
} satisfies Record<Kind, fc.Arbitrary<unknown>>;

/** Cells of list columns: names that are part of one another, alone and together */
const lists = fc.constantFrom('', 'web', 'webs', 'web,all', 'all,web', 'a web,webs', "it's,\\,ü\n,web");

const rowArbitrary = fc.record(
  Object.fromEntries(
    columns.map((column) => [
      column.name,
      'values' in column
        ? fc.constantFrom('', ...column.values.slice(0, 2))
        : 'list' in column
          ? lists
          : cells[column.kind],
    ]),
  ),
) as unknown as fc.Arbitrary<RowValues>;

/** A value's text as a user would write it. */
const written = {
  timestamp: formatTimestamp,
  u8: String,
  u16: String,
  u32: String,
  u64: String,
  bool: String,
  name: String,
  enum: String,
  ip: (bytes: Uint8Array) => formatIp(bytes),
  mac: formatMac,
  flags: (mask: number) => formatFlags(mask, []),
} satisfies Record<Kind, unknown>;

const valueTest = (rows: readonly RowValues[]): fc.Arbitrary<Filter> =>
  fc.tuple(fc.constantFrom(...columns), fc.constantFrom(...rows), fc.nat(3)).map(([column, row, which]) => {
    const write = written[column.kind] as (value: unknown) => string;
    const text = write(row[column.name]);
    const names = 'list' in column ? text.split(',') : [text];
    return parseValue(findColumn(column.name) ?? column, names[which % names.length] ?? '', column.name);
  });

const listTest: fc.Arbitrary<Filter> = fc
  .tuple(
    fc.constantFrom('sg_src', 'net_dst'),
    fc.constantFrom('==', '!='),
    fc.constantFrom('', 'web', 'all', 'ü\n'),
  )
  .map(([column, operator, value]): Filter => ({ op: 'test', column, operator, value }));

const prefixTest = fc
  .tuple(fc.constantFrom('ip_src', 'ip_dst'), fc.constantFrom(...addresses), fc.integer({ min: 0, max: 128 }))
  .map(([name, address, length]) => {
    const bits = address.includes('.') ? length % 33 : length;
    const column = findColumn(name);
    return column ? parseValue(column, `${address}/${bits}`, name) : and([]);
  });

const ordered = columns.flatMap((c) => (/^(timestamp|u\d+)$/.test(c.kind) ? [c.name as OrderedColumn] : []));

const orderTest = (rows: readonly RowValues[]): fc.Arbitrary<Filter> =>
  fc
    .tuple(
      fc.constantFrom(...ordered),
      fc.constantFrom('<', '<=', '>', '>=', 'in range', '!=', '=='),
      fc.constantFrom(...rows),
      fc.constantFrom(...rows),
    )
    .map(([column, operator, a, b]): Filter => {
      if (operator === 'in range') {
        return { op: 'test', column, operator, value: { from: a[column], to: b[column] } };
      }
      if (operator === '==' || operator === '!=') return { op: 'test', column, operator, value: a[column] };
      return compare(column, operator, a[column]);
    });

function filterArbitrary(rows: readonly RowValues[]): fc.Arbitrary<Filter> {
  const { filter } = fc.letrec<{ filter: Filter; test: Filter }>((tie) => ({
    test: fc.oneof(valueTest(rows), orderTest(rows), prefixTest, listTest),
    filter: fc.oneof(
      { depthSize: 'small', withCrossShrink: true },
      tie('test'),
      tie('filter').map(not),
      fc.array(tie('filter'), { maxLength: 3 }).map(and),
      fc.array(tie('filter'), { maxLength: 3 }).map(or),
    ),
  }));
  return filter;
}

const database = new TestDatabase();
const rows = fc.sample(rowArbitrary, { numRuns: 120, seed: 20261121 });
beforeAll(() => database.load(rows));
afterAll(() => database.close());

it('a filter picks the same rows in ClickHouse and in memory', async () => {
  const source = rowSource(rows);
  let picked = 0;
  await fc.assert(
    fc.asyncProperty(filterArbitrary(rows), async (filter) => {
      const matches = toPredicate(filter)(source);
      const expected = rows.map((_, row) => row).filter(matches);
      if (expected.length > 0 && expected.length < rows.length) picked++;
      expect(await database.matching(toSql(filter))).toEqual(expected);
    }),
    { numRuns: RUNS },
  );
  // Filters that pick all or nothing would agree by accident.
  expect(picked).toBeGreaterThan(RUNS / 3);
}, 60_000);
