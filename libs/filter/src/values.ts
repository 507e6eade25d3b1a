import { emptyValues, type ColumnOfKind, type Kind, type KindValue } from '#columns';
import { FilterError } from './errors.js';
import { prefixFilter, rangeFilter } from './ip-filters.js';
import { inPrefix, MAPPED, parseAddress, parsePrefix } from './ip.js';
import { SEPARATOR } from './lists.js';
import { type NamedColumn } from './names.js';
import { type Fail, NUMBER, numberOfName } from './numbers.js';
import { compareBytes } from './order.js';
import { parseInstant } from './time.js';
import { equal, type Filter, type RangeTest } from './tree.js';

/** What one value of a kind means; '' has been treated before. `field` is what the user calls the column. */
type Parse = (text: string, column: NamedColumn, fail: Fail, field: string) => Filter;

const MAC = /^[0-9a-f]{2}([:-])(?:[0-9a-f]{2}\1){4}[0-9a-f]{2}$/i;

/** A number or a range of the column's width; `make` turns the checked bigint into the column's type. */
function numeric<T extends number | bigint>(bits: number, make: (value: bigint) => T): Parse {
  const max = (1n << BigInt(bits)) - 1n;
  const allowed = `a number from 0 to ${max} (decimal or 0x…), or a range like 8000-9000`;
  const parse = (text: string, fail: Fail): bigint => {
    if (!NUMBER.test(text)) return fail('malformed', 'is not a number', allowed);
    // The length check keeps a megabyte of digits away from BigInt.
    const value = text.length > 22 ? max + 1n : BigInt(text);
    return value <= max ? value : fail('out_of_range', 'is too large', allowed);
  };
  return (text, { name }, fail) => {
    const column = name as RangeTest['column'];
    const dash = text.indexOf('-');
    if (dash < 0) return { op: 'test', column, operator: '==', value: make(parse(text, fail)) };
    const from = parse(text.slice(0, dash).trim(), fail);
    const to = parse(text.slice(dash + 1).trim(), fail);
    if (from > to) fail('out_of_range', 'is a range that ends before it starts', allowed);
    return {
      op: 'test',
      column,
      operator: 'in range',
      value: { from: make(from), to: make(to) } as RangeTest['value'],
    };
  };
}

const timestamp: Parse = (text, { name }, _fail, field) => equal(name, parseInstant(text, { field }));

const bool: Parse = (text, { name }, fail) => {
  const lower = text.toLowerCase();
  if (lower !== 'true' && lower !== 'false' && lower !== '1' && lower !== '0') {
    fail('malformed', 'is neither true nor false', 'true or false');
  }
  return equal(name, lower === 'true' || lower === '1');
};

const name: Parse = (text, column, fail) => {
  // No name in the kernel holds a NUL, and half a surrogate pair would reach the database as another character.
  if (text.includes('\0') || /\p{Surrogate}/u.test(text)) {
    fail('malformed', 'has a character that no name can have', 'text without NUL');
  }
  if (column.list && text.includes(SEPARATOR)) {
    fail('malformed', 'has a comma, which separates names', 'one name; several are several values');
  }
  if (!column.numbers) return equal(column.name, text);
  return equal(column.name, numberOfName(column.numbers, text.trim(), fail));
};

const enumeration: Parse = (text, column, fail) => {
  const lower = text.toLowerCase();
  const values = column.values ?? [];
  if (!values.includes(lower)) fail('unknown_value', 'is not one of its values', values.join(', '));
  return equal(column.name, lower);
};

const IPS = 'an address, a prefix or a range: 10.0.0.1, 10.0.0.0/8, 10.0.0.1-10.0.0.9, fd00::1, fd00::/8';

const ip: Parse = (text, column, fail) => {
  const ipColumn = column.name as ColumnOfKind<'ip'>;
  const address = (part: string): Uint8Array =>
    (parseAddress(part) ?? fail('malformed', 'is not an IP address', IPS)).bytes;
  if (text.includes('/')) {
    return prefixFilter(ipColumn, parsePrefix(text) ?? fail('malformed', 'is not an IP prefix', IPS));
  }
  const dash = text.indexOf('-');
  if (dash < 0) return equal(ipColumn, address(text));
  const [from, to] = [address(text.slice(0, dash).trim()), address(text.slice(dash + 1).trim())];
  if (inPrefix(from, MAPPED) !== inPrefix(to, MAPPED)) {
    fail('malformed', 'is a range from one IP version to the other', IPS);
  }
  if (compareBytes(from, to) > 0) fail('out_of_range', 'is a range that ends before it starts', IPS);
  return rangeFilter(ipColumn, from, to);
};

const mac: Parse = (text, column, fail) => {
  if (!MAC.test(text)) fail('malformed', 'is not a hardware address', 'the form aa:bb:cc:dd:ee:ff');
  return equal(column.name, BigInt(`0x${text.replace(/[:-]/g, '')}`));
};

/** `SYN,ACK`: all of them are set, others may be. A bit without a name is its number, `0x100`, as it is shown. */
const flags: Parse = (text, column, fail) => {
  const bits = (column.bits ?? []).map((bit) => bit.toLowerCase());
  let mask = 0;
  for (const part of text.split(',').map((flag) => flag.trim().toLowerCase())) {
    const bit = part === '' ? -1 : bits.indexOf(part);
    const number = NUMBER.test(part) && part.length <= 10 ? Number(part) : 0;
    if (bit < 0 && (number === 0 || number > 0xffffffff)) {
      const known = (column.bits ?? []).filter((known) => known !== '').join(', ');
      fail('unknown_value', 'is not a flag of it', `${known}; several with a comma must all be set`);
    }
    mask |= bit < 0 ? number : 2 ** bit;
  }
  const value = mask >>> 0;
  return { op: 'test', column: column.name as ColumnOfKind<'flags'>, operator: 'has all', value };
};

const parsers = {
  timestamp,
  u8: numeric(8, Number),
  u16: numeric(16, Number),
  u32: numeric(32, Number),
  u64: numeric(64, (value) => value),
  bool,
  name,
  enum: enumeration,
  ip,
  mac,
  flags,
} satisfies Record<Kind, Parse>;

/** @returns what a cell without a value holds */
export function absentValue(kind: Kind): KindValue[Kind] {
  return emptyValues[kind];
}

/**
 * @param text one value as the user wrote it; '' means the absent value
 * @param field how the user named the column, for errors
 * @param offset where the value starts in the user's text
 * @throws FilterError
 */
export function parseValue(column: NamedColumn, text: string, field: string, offset?: number): Filter {
  const fail: Fail = (code, problem, allowed) => {
    throw new FilterError({
      code,
      field,
      value: text,
      problem,
      allowed,
      ...(offset !== undefined && { offset }),
    });
  };
  if (text === '')
    return { op: 'test', column: column.name, operator: '==', value: absentValue(column.kind) };
  const parse: Parse = parsers[column.kind];
  return parse(column.kind === 'name' ? text : text.trim(), column, fail, field);
}
