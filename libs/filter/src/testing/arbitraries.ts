import {
  columns,
  findColumn,
  flagName,
  formatFlags,
  formatIp,
  formatMac,
  formatTimestamp,
  numberName,
  type ColumnName,
  type Kind,
} from '#columns';
import fc from 'fast-check';
import { comparable } from '../comparable.js';
import { rangeFilter } from '../ip-filters.js';
import { parseAddress } from '../ip.js';
import { sides, sideNames } from '../names.js';
import { compareBytes } from '../order.js';
import { and, not, or, type Filter, type OrderedColumn, type RangeTest, type TextColumn } from '../tree.js';
import { parseValue } from '../values.js';
import { type RowValues } from './rows.js';

const addresses = [
  '::',
  '::1',
  '10.0.0.1',
  '10.0.0.255',
  '10.1.0.1',
  '0.0.0.0',
  '255.255.255.255',
  '::fffe:ffff:ffff',
  '::1:0:0:0',
  'fd00::1',
  'fd00::1:1',
  'ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff',
];
const bytesOf = (text: string): Uint8Array => parseAddress(text)?.bytes ?? new Uint8Array(16);

const names = ['', 'tcp', 'input', 'a b', "it's", 'ü\n', '\\', 'INPUT', 'x.y-z_1', '😀', '\uffee', 'aa', '"'];

/** Few different values, with the ends of each kind, so that random filters do match random rows. */
const cells = {
  timestamp: fc.constantFrom(0, 1, 1_790_000_000_123_456, 1_790_000_000_123_457, 1_790_000_001_000_000),
  u8: fc.constantFrom(0, 1, 64, 255),
  u16: fc.constantFrom(0, 80, 443, 65535),
  u32: fc.constantFrom(0, 1, 80, 2 ** 31, 2 ** 32 - 1),
  u64: fc.constantFrom(0n, 12n, 80n, 2n ** 53n + 1n, 2n ** 63n, 2n ** 64n - 1n),
  bool: fc.boolean(),
  name: fc.constantFrom(...names),
  enum: fc.constantFrom(0, 1, 2),
  ip: fc.constantFrom(...addresses.map(bytesOf)),
  mac: fc.constantFrom(0n, 1n, 2n ** 48n - 1n),
  flags: fc.constantFrom(0, 1, 2, 3, 18, 0x80000001),
} satisfies Record<Kind, fc.Arbitrary<unknown>>;

/** Cells of list columns: names that are part of one another, alone and together */
const lists = fc.constantFrom(
  '',
  'web',
  'webs',
  'web,all',
  'all,web',
  'a web,webs',
  "it's,\\,ü\n,web",
  '😀,db-1',
);

export const rowArbitrary = fc.record(
  Object.fromEntries(
    columns.map((column) => [
      column.name,
      'values' in column
        ? fc.constantFrom('', ...column.values.slice(0, 2))
        : 'list' in column
          ? lists
          : 'numbers' in column
            ? fc.nat(column.numbers.max).map((number) => numberName(column.numbers, number))
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

type Rows = readonly RowValues[];
const of = (...kinds: Kind[]): ColumnName[] =>
  columns.flatMap((column) => (kinds.includes(column.kind) ? [column.name] : []));

/** A cell's text, of a list one of its names. */
function cellText(column: ColumnName, row: RowValues, which: number): string {
  const definition = findColumn(column);
  const text = (written[definition?.kind ?? 'name'] as (value: unknown) => string)(row[column]);
  const all = definition?.list ? text.split(',') : [text];
  return all[which % all.length] ?? '';
}

const valueTest = (rows: Rows): fc.Arbitrary<Filter> =>
  fc.tuple(fc.constantFrom(...columns), fc.constantFrom(...rows), fc.nat(3)).map(([column, row, which]) => {
    const definition = findColumn(column.name) ?? column;
    return parseValue(definition, cellText(column.name, row, which), column.name);
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

const ipRange: fc.Arbitrary<Filter> = fc
  .tuple(fc.constantFrom('ip_src', 'ip_dst'), fc.constantFrom(...addresses), fc.constantFrom(...addresses))
  .filter(([, a, b]) => a.includes('.') === b.includes('.') && compareBytes(bytesOf(a), bytesOf(b)) <= 0)
  .map(([column, from, to]) => rangeFilter(column, bytesOf(from), bytesOf(to)));

const orderTest = (rows: Rows): fc.Arbitrary<Filter> =>
  fc
    .tuple(
      fc.constantFrom(
        ...(of('timestamp', 'u8', 'u16', 'u32', 'u64', 'mac', 'name', 'enum') as OrderedColumn[]),
      ),
      fc.constantFrom('<', '<=', '>', '>=', '!=', '=='),
      fc.constantFrom(...rows),
      fc.nat(3),
    )
    .map(([column, operator, row, which]): Filter => {
      const text = findColumn(column)?.kind === 'name';
      const value = text ? cellText(column, row, which) : row[column];
      return { op: 'test', column, operator, value } as Filter;
    });

const rangeTest = (rows: Rows): fc.Arbitrary<Filter> =>
  fc
    .tuple(
      fc.constantFrom(...(of('timestamp', 'u8', 'u16', 'u32', 'u64') as RangeTest['column'][])),
      fc.constantFrom(...rows),
      fc.constantFrom(...rows),
    )
    .map(([column, a, b]): Filter => {
      const [from, to] = a[column] <= b[column] ? [a[column], b[column]] : [b[column], a[column]];
      return { op: 'test', column, operator: 'in range', value: { from, to } } as Filter;
    });

const parts = ['tcp', 'in', 'a', ' ', "'", '\\', 'ü', '\n', 'web', 's', 'acc', '😀', '.', '"'];

const textTest: fc.Arbitrary<Filter> = fc
  .tuple(fc.constantFrom(...(of('name', 'enum') as TextColumn[])), fc.constantFrom(...parts), fc.boolean())
  .map(([column, value, regex]): Filter => {
    if (!regex) return { op: 'test', column, operator: 'contains', value };
    return { op: 'test', column, operator: '~', value: value.replace(/[\\.]/g, '\\$&') };
  });

const comparisons = columns.flatMap((a) =>
  columns.flatMap((b) =>
    (['==', '<', '<=', '>', '>='] as const).flatMap((operator): Filter[] =>
      comparable(a.name, b.name, operator !== '==')
        ? [{ op: 'test', column: a.name, operator: 'column', value: { operator, column: b.name } }]
        : [],
    ),
  ),
);

export function filterArbitrary(rows: Rows): fc.Arbitrary<Filter> {
  const { filter } = fc.letrec<{ filter: Filter; test: Filter }>((tie) => ({
    test: fc.oneof(
      valueTest(rows),
      orderTest(rows),
      rangeTest(rows),
      prefixTest,
      ipRange,
      listTest,
      textTest,
      fc.constantFrom(...comparisons),
    ),
    filter: fc.oneof(
      { depthSize: 'small', withCrossShrink: true },
      tie('test'),
      tie('filter').map(not),
      fc.array(tie('filter'), { maxLength: 3 }).map(and),
      fc.array(tie('filter'), { maxLength: 3 }).map(or),
      // Several values of one column are looked up together.
      fc.array(valueTest(rows), { minLength: 3, maxLength: 30 }).map(or),
    ),
  }));
  return filter;
}

const quote = (text: string): string => JSON.stringify(text);

/** A comparison as a person writes it: by either side's name or a column's, in both spellings. */
function comparisonText(rows: Rows): fc.Arbitrary<string> {
  const named = fc.oneof(
    fc.constantFrom(...columns).map(({ name }) => ({ name: flagName(name), column: name })),
    fc
      .constantFrom(...sideNames)
      .map((name) => ({ name: name.toUpperCase(), column: sides[name].columns[0] })),
    fc.constantFrom(...columns).map(({ name }) => ({ name, column: name })),
  );
  const value = fc.tuple(fc.constantFrom(...rows), fc.nat(3));
  return fc
    .tuple(
      named,
      fc.constantFrom('==', '!=', '<', '<=', '>', '>=', 'in', 'NOT IN', 'alone'),
      value,
      value,
      value,
    )
    .map(([{ name, column }, operator, ...values]) => {
      const kind = findColumn(column)?.kind ?? 'name';
      const [a = '', ...more] = values.map(([row, which]) => quote(cellText(column, row, which)));
      if (operator === 'alone') return name;
      if (/in/i.test(operator)) return `${name} ${operator} (${[a, ...more].join(', ')})`;
      const order = operator.startsWith('<') || operator.startsWith('>');
      if (order && (kind === 'bool' || kind === 'flags')) return `${name} == ${a}`;
      return `${name} ${operator} ${a}`;
    });
}

const otherTexts = [
  'tcp-flags contains SYN,ACK',
  'tcp_flags == FIN|SYN',
  'tcp-flags in (FIN, "FIN,SYN")',
  'decisive',
  'not decisive',
  'sport == dport',
  'sport != dport',
  'sg-src == sg-dst',
  'chain contains "p"',
  'sg not contains web',
  "iif !~ '^in'",
  'dport in 80-443',
  'port in (0, 443..65535)',
  'ip in 10.0.0.0/8',
  'ip not in (10.0.0.0/24, fd00::/8)',
  'ip-src < 10.0.0.255',
  'ip-dst >= fd00::1',
  'ip-src > ::fffe:ffff:ffff',
  'ip < ::1:0:0:0',
  'ts > 1s',
  'ts <= "2026-09-21T14:13:20.123456Z"',
  'ts in "2026-09-21T14:13:20Z".."2026-09-21T14:13:21Z"',
  '1 <= ttl <= 64',
  'true',
  'FALSE',
];

/** Texts of the language that are right. */
export function textArbitrary(rows: Rows): fc.Arbitrary<string> {
  const { text } = fc.letrec<{ text: string; test: string }>((tie) => ({
    test: fc.oneof(comparisonText(rows), fc.constantFrom(...otherTexts)),
    text: fc.oneof(
      { depthSize: 'small', withCrossShrink: true },
      tie('test'),
      tie('text').map((of) => `not (${of})`),
      tie('test').map((of) => `!${of}`),
      fc
        .tuple(tie('text'), fc.constantFrom(' and ', ' AND ', '&&\n', ' or ', '||', ' Or '), tie('text'))
        .map((all) => all.join('')),
      fc.tuple(tie('text'), tie('text')).map(([a, b]) => `(${a}) /* so */ and (${b})`),
    ),
  }));
  return text;
}

// prettier-ignore
const atoms = [
  'a', 'b', 'in', 'tcp', 'web', '.', '\\.', '\\\\', '\\d', '\\W', '\\s', '[a-z]', '[^a-z]',
  '[[:upper:]]', 'ü', '😀', '\\pL', '\\p{Greek}',
  '\\b', '\\B', '^', '$', '\\A', '\\z', '\\n', "'", '-', '_', '[^\\x00-\\x7f]',
  '\\x{1F600}', '\\Qa b\\E', 'x{2}', '(?i:IN)', '(?-s:.)', '',
  '[]ü]', '[(?<n>]', 'all', 'db', '[^\\]]',
];

const repeats = ['', '', '', '', '', '', '+', '+?', '{1,2}', '*', '?'];

function patterns(depth: number): fc.Arbitrary<string> {
  const atom = fc.constantFrom(...atoms);
  const group = (): fc.Arbitrary<string> =>
    fc
      .tuple(fc.constantFrom('(', '(?:', '(?P<n>'), patterns(depth - 1))
      .map(([open, inner]) => `${open}${inner})`);
  const piece = fc
    .tuple(depth > 0 ? fc.oneof(atom, atom, group()) : atom, fc.constantFrom(...repeats))
    .map(([what, repeat]) => (what === '' ? '' : what + repeat));
  const sequence = fc.array(piece, { minLength: 1, maxLength: 3 }).map((pieces) => pieces.join(''));
  return fc.array(sequence, { minLength: 1, maxLength: 2 }).map((alternatives) => alternatives.join('|'));
}

/** Patterns of RE2, most of them right. */
export const patternArbitrary: fc.Arbitrary<string> = fc
  .tuple(fc.constantFrom('', '', '(?i)', '(?m)', '(?U)'), patterns(2))
  .map(([flags, pattern]) => flags + pattern);
