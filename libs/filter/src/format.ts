import {
  findColumn,
  flagName,
  formatFlags,
  formatIp,
  formatMac,
  formatTimestamp,
  type ColumnName,
  type Kind,
  type KindValue,
} from '#columns';
import { prefixFilter, rangeFilter } from './ip-filters.js';
import { type ColumnsTest, type Filter, type PrefixTest, type RangeTest, type Test } from './tree.js';
import { valueLists } from './value-lists.js';

/** @returns a text in the language's quotes, with escapes for all that does not print */
export function quoteText(text: string): string {
  const escaped = text.replace(/["\\]|[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/gu, (char) => {
    if (char === '"' || char === '\\') return `\\${char}`;
    if (char === '\n') return '\\n';
    return [...Array(char.length).keys()].map((i) => escapeUnit(char.charCodeAt(i))).join('');
  });
  return `"${escaped}"`;
}

const escapeUnit = (unit: number): string => `\\u${unit.toString(16).padStart(4, '0')}`;

/** The kinds' values as the language reads them back; what is absent is "". */
const write = {
  timestamp: (us) => `"${formatTimestamp(us)}"`,
  u8: String,
  u16: String,
  u32: String,
  u64: String,
  bool: String,
  name: quoteText,
  enum: (value) => value || '""',
  ip: (bytes) => formatIp(bytes) || '""',
  mac: (mac) => formatMac(mac) || '""',
  flags: (mask, bits) => `"${formatFlags(mask, bits)}"`,
} satisfies { [K in Kind]: (value: KindValue[K], bits: readonly string[]) => string };

function valueText(column: ColumnName, value: unknown): string {
  const { kind, bits } = findColumn(column) ?? { kind: 'name', bits: undefined };
  return (write[kind] as (value: unknown, bits: readonly string[]) => string)(value, bits ?? []);
}

/** @returns an address in a range or a prefix; the first of all has a text there */
const endText = (bytes: Uint8Array): string => formatIp(bytes) || '::';

/** Reading leaves out what lies in a prefix or a range but is not of its version: here it is put in again. */
function whole(text: string, read: Filter): string {
  if (read.op !== 'and') return text;
  const left = read.of.flatMap((part) => (part.op === 'not' ? [formatFilter(part.of)] : []));
  return `(${[text, ...left].join(' or ')})`;
}

function prefixText({ column, value }: PrefixTest): string {
  const { bytes, length } = value;
  const v4 = length >= 96 && formatIp(bytes).includes('.');
  const text = `${flagName(column)} in ${endText(bytes)}/${v4 ? length - 96 : length}`;
  return whole(text, prefixFilter(column, value));
}

function rangeText({ column, value: { from, to } }: RangeTest): string {
  const name = flagName(column);
  if (!(from instanceof Uint8Array)) return `${name} in ${valueText(column, from)}..${valueText(column, to)}`;
  const last = to as Uint8Array;
  const text = `${name} in ${endText(from)}-${endText(last)}`;
  return whole(text, rangeFilter(column as PrefixTest['column'], from, last));
}

const mirrored = { '==': '==', '<': '>', '<=': '>=', '>': '<', '>=': '<=' } as const;

/** `type == rule` would ask for the value `rule` of `type`: then the other column stands first. */
function columnsText({ column, value }: ColumnsTest): string {
  const ambiguous = findColumn(column)?.values?.includes(value.column) === true;
  return ambiguous
    ? `${flagName(value.column)} ${mirrored[value.operator]} ${flagName(column)}`
    : `${flagName(column)} ${value.operator} ${flagName(value.column)}`;
}

function testText(test: Test): string {
  const { column } = test;
  const name = flagName(column);
  switch (test.operator) {
    case 'in prefix':
      return prefixText(test);
    case 'in range':
      return rangeText(test);
    case 'has all':
      return `${name} contains ${valueText(column, test.value)}`;
    case 'contains':
    case '~':
      return `${name} ${test.operator} ${quoteText(test.value)}`;
    case 'column':
      return columnsText(test);
    default:
      return `${name} ${test.operator} ${valueText(column, test.value)}`;
  }
}

/** @returns the text in parentheses where it is of alternatives or parts that its surroundings would take apart */
const part = (filter: Filter): string =>
  (filter.op === 'and' || filter.op === 'or') && filter.of.length > 0
    ? `(${formatFilter(filter)})`
    : formatFilter(filter);

function alternatives(of: readonly Filter[]): string {
  const { lists, rest } = valueLists(of);
  const texts = lists.map(({ column, values }) => {
    return `${flagName(column)} in (${values.map((value) => valueText(column, value)).join(', ')})`;
  });
  return [...texts, ...rest.map(part)].join(' or ');
}

/**
 * A filter as a text of the language: parseFilter makes of it a filter that means the same.
 *
 * @param filter one that parseFilter or filterFromParameters made, or of such parts
 */
export function formatFilter(filter: Filter): string {
  switch (filter.op) {
    case 'test':
      return testText(filter);
    case 'not':
      return `not ${part(filter.of)}`;
    case 'and':
      return filter.of.length === 0 ? 'true' : filter.of.map(part).join(' and ');
    case 'or':
      return filter.of.length === 0 ? 'false' : alternatives(filter.of);
  }
}
