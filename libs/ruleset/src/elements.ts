import { Attributes, eachAttribute, rawText } from './attributes.js';
import * as C from './constants.js';

/** What the kernel says of an element of a set */
export interface RawElement {
  key: Buffer;
  /** Of ranges of concatenated keys: the last of the range */
  keyEnd: Buffer | undefined;
  /** Where an interval ends, itself not part of it */
  isEnd: boolean;
  /** Of a map: its value's bytes, or its verdict in words */
  value: Buffer | string | undefined;
  comment: string;
}

/** @returns the elements of a list (NFTA_SET_ELEM_LIST_ELEMENTS) */
export function readElements(bytes: Uint8Array, from: number, to: number): RawElement[] {
  const elements: RawElement[] = [];
  eachAttribute(bytes, from, to, (_, at, end) => {
    const a = new Attributes(bytes, at, end);
    const object = a.raw(C.NFTA_SET_ELEM_OBJREF);
    elements.push({
      key: valueOf(a, C.NFTA_SET_ELEM_KEY) ?? Buffer.alloc(0),
      keyEnd: valueOf(a, C.NFTA_SET_ELEM_KEY_END),
      isEnd: (a.u32(C.NFTA_SET_ELEM_FLAGS) & C.NFT_SET_ELEM_INTERVAL_END) !== 0,
      value: object === '' ? (verdictOf(a) ?? valueOf(a, C.NFTA_SET_ELEM_DATA)) : `"${object}"`,
      comment: a.userData(C.NFTA_SET_ELEM_USERDATA, C.NFTNL_UDATA_COMMENT),
    });
  });
  return elements;
}

function valueOf(element: Attributes, type: number): Buffer | undefined {
  const range = element.nested(type).range(C.NFTA_DATA_VALUE);
  // a copy: the ring is filled anew with the next message
  return range && Buffer.from(element.bytes.subarray(range[0], range[1]));
}

const VERDICTS: Readonly<Record<number, string>> = {
  0: 'drop',
  1: 'accept',
  [-1]: 'continue',
  [-3]: 'jump',
  [-4]: 'goto',
  [-5]: 'return',
};

function verdictOf(element: Attributes): string | undefined {
  const data = element.nested(C.NFTA_SET_ELEM_DATA);
  if (!data.has(C.NFTA_DATA_VERDICT)) return undefined;
  const verdict = data.nested(C.NFTA_DATA_VERDICT);
  const code = verdict.i32(C.NFTA_VERDICT_CODE);
  const chain = verdict.raw(C.NFTA_VERDICT_CHAIN);
  return `${VERDICTS[code] ?? String(code)}${chain === '' ? '' : ` ${chain}`}`;
}

/** Bytes and form of nft's data types (enum datatypes in nftables' datatype.h); of another one its bytes are shown. */
const TYPES: Readonly<Record<number, { length: number; show: (bytes: Buffer) => string }>> = {
  7: { length: 4, show: (bytes) => bytes.join('.') },
  8: { length: 16, show: ipv6 },
  9: { length: 6, show: (bytes) => bytes.toString('hex').replace(/..(?!$)/g, '$&:') },
  12: { length: 1, show: (bytes) => PROTOCOLS[bytes[0] ?? 0] ?? String(bytes[0]) },
  13: { length: 2, show: (bytes) => String(bytes.readUInt16BE()) },
  // in the host's order, as the kernel has it
  19: { length: 4, show: (bytes) => `0x${bytes.readUInt32LE().toString(16).padStart(8, '0')}` },
  41: { length: 16, show: (bytes) => `"${rawText(bytes, 0, bytes.length)}"` },
};
const PROTOCOLS: Readonly<Record<number, string>> = {
  1: 'icmp',
  6: 'tcp',
  17: 'udp',
  58: 'ipv6-icmp',
  132: 'sctp',
};
const [IPV4, IPV6] = [7, 8];
/** TYPE_BITS of datatype.h: a concatenation is the types one behind the other */
const TYPE_BITS = 6;

/** A set as far as its elements' form depends on it */
export interface ElementForm {
  /** nft's numbers of types, see KernelObject */
  keyType: number;
  dataType: number;
  /** Whether its elements are intervals */
  isInterval: boolean;
}

/** @returns what nft writes for them, about: `10.0.0.0/8`, `10.0.0.1 . 53`, `22 : accept` */
export function showElements(
  elements: readonly RawElement[],
  { keyType, dataType, isInterval }: ElementForm,
): string[] {
  const sorted = elements.toSorted(
    (a, b) => Buffer.compare(a.key, b.key) || Number(b.isEnd) - Number(a.isEnd),
  );
  const concatenated = keyType >= 2 ** TYPE_BITS;
  const starts =
    isInterval && !concatenated ? intervals(sorted) : sorted.map((e) => ({ ...e, last: e.keyEnd }));
  return starts.map(({ key, last, value, comment }) => {
    const shown = last && !last.equals(key) ? showRange(key, last, keyType) : show(key, keyType);
    const told = comment === '' ? '' : ` comment "${comment}"`;
    const data = typeof value === 'string' || value === undefined ? value : show(value, dataType);
    return `${shown}${told}${data === undefined ? '' : ` : ${data}`}`;
  });
}

/** An interval's end is an element of its own, the first that is no longer in it; without one it has none. */
function intervals(sorted: readonly RawElement[]): (RawElement & { last: Buffer })[] {
  return sorted.flatMap((element, i) => {
    if (element.isEnd) return [];
    const next = sorted[i + 1];
    return [{ ...element, last: next ? before(next.key) : Buffer.alloc(element.key.length, 0xff) }];
  });
}

function before(key: Buffer): Buffer {
  const less = (BigInt(`0x${key.toString('hex')}`) - 1n).toString(16);
  return Buffer.from(less.padStart(2 * key.length, '0'), 'hex');
}

function show(bytes: Buffer, type: number): string {
  const fields = split(bytes, type);
  return fields ? fields.map(([field, of]) => showOne(field, of)).join(' . ') : `0x${bytes.toString('hex')}`;
}

function showRange(first: Buffer, last: Buffer, type: number): string {
  const [from, to] = [split(first, type), split(last, type)];
  if (!from || !to) return `0x${first.toString('hex')}-0x${last.toString('hex')}`;
  return from.map(([field, of], i) => fieldRange(field, to[i]?.[0] ?? field, of)).join(' . ');
}

function fieldRange(first: Buffer, last: Buffer, type: number): string {
  if (first.equals(last)) return showOne(first, type);
  const prefix = type === IPV4 || type === IPV6 ? prefixLength(first, last) : undefined;
  return prefix === undefined
    ? `${showOne(first, type)}-${showOne(last, type)}`
    : `${showOne(first, type)}/${prefix}`;
}

/** @returns the length of the prefix that a range is; undefined where it is none */
function prefixLength(first: Buffer, last: Buffer): number | undefined {
  const bits = (bytes: Buffer): string =>
    Array.from(bytes, (byte) => byte.toString(2).padStart(8, '0')).join('');
  const [low, high] = [bits(first), bits(last)];
  const length = [...low].findIndex((bit, i) => bit !== high[i]);
  const rest = low.length - length;
  return low.endsWith('0'.repeat(rest)) && high.endsWith('1'.repeat(rest)) ? length : undefined;
}

/** @returns a key's fields, each in registers of 4 bytes; undefined where one is of a type that is not known here */
function split(bytes: Buffer, type: number): [Buffer, number][] | undefined {
  const types: number[] = [];
  for (let rest = type; rest > 0; rest >>>= TYPE_BITS) types.unshift(rest & (2 ** TYPE_BITS - 1));
  const fields: [Buffer, number][] = [];
  let at = 0;
  for (const of of types) {
    const length = TYPES[of]?.length;
    if (length === undefined || at + length > bytes.length) return undefined;
    fields.push([bytes.subarray(at, at + length), of]);
    at += (length + 3) & ~3;
  }
  return fields.length > 0 ? fields : undefined;
}

function showOne(bytes: Buffer, type: number): string {
  return TYPES[type]?.show(bytes) ?? `0x${bytes.toString('hex')}`;
}

/** RFC 5952 */
function ipv6(bytes: Buffer): string {
  const words = Array.from({ length: 8 }, (_, i) => bytes.readUInt16BE(2 * i).toString(16));
  const text = words.join(':');
  const zeros = (text.match(/(?<![^:])0(:0)+(?![^:])/g) ?? []).toSorted((a, b) => b.length - a.length)[0];
  return zeros === undefined ? text : text.replace(new RegExp(`(^|:)${zeros}(:|$)`), '::');
}
