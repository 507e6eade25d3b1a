import { isIPv4, isIPv6 } from 'node:net';

/** 128 bits, network order, as four numbers of 32 bits; IPv4 as ::ffff:a.b.c.d (RFC 4291 §2.5.5.2) */
export type AddressWords = readonly [number, number, number, number];

export interface Cidr {
  /** Its first address */
  readonly words: AddressWords;
  /** 0 to 128; of an IPv4 prefix 96 more than was written */
  readonly length: number;
  /** Whether bits after the length were set, which `words` has no more */
  readonly hostBits: boolean;
}

export const MAPPED_WORD = 0xffff;
const MAPPED_BITS = 96;
const LENGTH = /^(?:0|[1-9]\d{0,2})$/;

/** @returns the prefix; undefined where `text` is none. No octal numbers, short forms or zones. */
export function parseCidr(text: string): Cidr | undefined {
  const slash = text.indexOf('/');
  const address = text.slice(0, Math.max(slash, 0));
  const bits = text.slice(slash + 1);
  const v4 = isIPv4(address);
  const all = v4 ? ([0, 0, MAPPED_WORD, v4Word(address)] as const) : v6Words(address);
  if (!all || !LENGTH.test(bits)) return undefined;
  const length = Number(bits) + (v4 ? MAPPED_BITS : 0);
  if (length > 128) return undefined;
  const words: AddressWords = [
    masked(all[0], length),
    masked(all[1], length - 32),
    masked(all[2], length - 64),
    masked(all[3], length - 96),
  ];
  return { words, length, hostBits: words.some((word, i) => word !== all[i]) };
}

/** @returns the word's first `bits`, the others 0 */
export function masked(word: number, bits: number): number {
  if (bits >= 32) return word;
  return bits <= 0 ? 0 : (word & (-1 << (32 - bits))) >>> 0;
}

function v4Word(text: string): number {
  return text.split('.').reduce((word, octet) => word * 256 + Number(octet), 0);
}

function v6Words(text: string): AddressWords | undefined {
  if (!isIPv6(text) || text.includes('%')) return undefined;
  const [head = '', tail = ''] = text.split('::');
  const before = groups(head);
  const after = groups(tail);
  const all = [...before, ...new Array<number>(8 - before.length - after.length).fill(0), ...after];
  const word = (i: number): number => (all[2 * i] ?? 0) * 0x10000 + (all[2 * i + 1] ?? 0);
  return [word(0), word(1), word(2), word(3)];
}

/** The groups of 16 bits of `a:b:…`, whose last part may be dotted decimal; of an address known to be one */
function groups(text: string): number[] {
  if (text === '') return [];
  return text.split(':').flatMap((part) => {
    if (!part.includes('.')) return parseInt(part, 16);
    const word = v4Word(part);
    return [word >>> 16, word & 0xffff];
  });
}
