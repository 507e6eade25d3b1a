import { type ColumnOfKind } from '#columns';
import { inPrefix, MAPPED, UNSPECIFIED, type Prefix } from './ip.js';
import { compareBytes } from './order.js';
import { and, equal, not, or, type Filter, type OrderOperator } from './tree.js';

/**
 * IPv4 lies within IPv6 in the table and the absent address is `::`, but who asks for addresses of one version means
 * that version: what lies around the other, or around the absent one, leaves it out.
 */
type IpColumn = ColumnOfKind<'ip'>;

const ofMapped = (column: IpColumn): Filter => ({ op: 'test', column, operator: 'in prefix', value: MAPPED });

/** @returns that the address lies in the prefix */
export function prefixFilter(column: IpColumn, prefix: Prefix): Filter {
  const test: Filter = { op: 'test', column, operator: 'in prefix', value: prefix };
  const rest: Filter[] = [];
  if (prefix.length < MAPPED.length && inPrefix(MAPPED.bytes, prefix)) rest.push(not(ofMapped(column)));
  if (prefix.length < 128 && inPrefix(UNSPECIFIED, prefix)) rest.push(not(equal(column, UNSPECIFIED)));
  return and([test, ...rest]);
}

/** @returns that the address is one from `from` to `to`, both of one version */
export function rangeFilter(column: IpColumn, from: Uint8Array, to: Uint8Array): Filter {
  const test: Filter = { op: 'test', column, operator: 'in range', value: { from, to } };
  const rest: Filter[] = [];
  const around = (bytes: Uint8Array): boolean =>
    compareBytes(from, bytes) <= 0 && compareBytes(bytes, to) <= 0;
  if (!inPrefix(from, MAPPED) && around(MAPPED.bytes)) rest.push(not(ofMapped(column)));
  if (around(UNSPECIFIED) && compareBytes(to, UNSPECIFIED) > 0) rest.push(not(equal(column, UNSPECIFIED)));
  return and([test, ...rest]);
}

const numberOf = (bytes: Uint8Array): bigint => bytes.reduce((sum, byte) => (sum << 8n) | BigInt(byte), 0n);

function bytesOf(number: bigint): Uint8Array {
  return Uint8Array.from({ length: 16 }, (_, i) => Number((number >> BigInt(8 * (15 - i))) & 0xffn));
}

const bounds = {
  4: { first: numberOf(MAPPED.bytes), last: numberOf(MAPPED.bytes) + 0xffffffffn },
  6: { first: 1n, last: (1n << 128n) - 1n },
} as const;

/** @returns that the address is of the version of `bytes`, and before or after it */
export function orderFilter(column: IpColumn, operator: OrderOperator, bytes: Uint8Array): Filter {
  const v4 = inPrefix(bytes, MAPPED);
  const { first, last } = bounds[v4 ? 4 : 6];
  const value = numberOf(bytes);
  // Beside an IPv6 address an IPv4 one may lie: the next of its own version is at the other end of those.
  const before = !v4 && value - 1n === bounds[4].last ? bounds[4].first - 1n : value - 1n;
  const after = !v4 && value + 1n === bounds[4].first ? bounds[4].last + 1n : value + 1n;
  const range = {
    '<': [first, before],
    '<=': [first, value],
    '>': [after, last],
    '>=': [value < first ? first : value, last],
  } as const satisfies Record<OrderOperator, readonly [bigint, bigint]>;
  const [from, to] = range[operator];
  return from > to ? or([]) : rangeFilter(column, bytesOf(from), bytesOf(to));
}
