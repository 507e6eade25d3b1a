/** Strict address and prefix parsing: what RFC 4291 §2.2 and dotted decimal allow; no octal, no short forms, no zones. */

const OCTET = /^(0|[1-9]\d{0,2})$/;
const GROUP = /^[0-9a-f]{1,4}$/i;

/** @returns the 4 bytes, or undefined where `text` is no dotted decimal */
function parseIp4(text: string): number[] | undefined {
  const parts = text.split('.');
  if (parts.length !== 4 || !parts.every((part) => OCTET.test(part))) return undefined;
  const octets = parts.map(Number);
  return octets.every((octet) => octet <= 255) ? octets : undefined;
}

/** @returns the bytes of `a:b:…`, of which the last group may be dotted decimal if `tail`; '' = no bytes */
function parseGroups(text: string, tail: boolean): number[] | undefined {
  if (text === '') return [];
  const bytes: number[] = [];
  const parts = text.split(':');
  for (const [i, part] of parts.entries()) {
    if (GROUP.test(part)) {
      const word = parseInt(part, 16);
      bytes.push(word >> 8, word & 0xff);
      continue;
    }
    const embedded = tail && i === parts.length - 1 ? parseIp4(part) : undefined;
    if (!embedded) return undefined;
    bytes.push(...embedded);
  }
  return bytes;
}

function parseIp6(text: string): number[] | undefined {
  const halves = text.split('::');
  if (halves.length > 2) return undefined;
  const compressed = halves.length === 2;
  const head = parseGroups(halves[0] ?? '', !compressed);
  const tail = parseGroups(halves[1] ?? '', true);
  if (!head || !tail) return undefined;
  const missing = 16 - head.length - tail.length;
  if (compressed ? missing < 2 : missing !== 0) return undefined;
  return [...head, ...new Array<number>(missing).fill(0), ...tail];
}

export interface Address {
  /** 16 bytes, IPv4 mapped. */
  readonly bytes: Uint8Array;
  readonly version: 4 | 6;
}

/** @returns the address, or undefined where `text` is none */
export function parseAddress(text: string): Address | undefined {
  const v4 = parseIp4(text);
  if (v4) return { bytes: Uint8Array.from([0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff, ...v4]), version: 4 };
  const v6 = text.includes(':') ? parseIp6(text) : undefined;
  return v6 && { bytes: Uint8Array.from(v6), version: 6 };
}

export interface Prefix {
  /** 16 bytes, IPv4 mapped; the bits after `length` are 0. */
  readonly bytes: Uint8Array;
  /** 0 … 128; of an IPv4 prefix 96 more than was written. */
  readonly length: number;
}

/** @returns `bytes` with the bits after `length` set to `bit` */
export function fillHostBits(bytes: Uint8Array, length: number, bit: 0 | 1): Uint8Array {
  return bytes.map((byte, i) => {
    const host = 0xff >> Math.min(Math.max(length - 8 * i, 0), 8);
    return bit ? byte | host : byte & ~host;
  });
}

/**
 * @param text `10.0.0.0/8`, `fd00::/8`; host bits that are set are cleared, as nft does: `10.0.0.5/24` is 10.0.0.0/24
 * @returns the prefix, or undefined where `text` is none
 */
export function parsePrefix(text: string): Prefix | undefined {
  const slash = text.indexOf('/');
  const address = parseAddress(text.slice(0, Math.max(slash, 0)));
  const bits = text.slice(slash + 1);
  if (!address || !OCTET.test(bits) || Number(bits) > (address.version === 4 ? 32 : 128)) return undefined;
  const length = Number(bits) + (address.version === 4 ? 96 : 0);
  return { bytes: fillHostBits(address.bytes, length, 0), length };
}

/** @returns whether the address lies in the prefix */
export function inPrefix(bytes: Uint8Array, prefix: Prefix): boolean {
  const whole = prefix.length >> 3;
  for (let i = 0; i < whole; i++) if (bytes[i] !== prefix.bytes[i]) return false;
  const rest = prefix.length & 7;
  if (rest === 0) return true;
  return (((bytes[whole] ?? 0) ^ (prefix.bytes[whole] ?? 0)) & (0xff00 >> rest) & 0xff) === 0;
}

/** Where IPv4 lies within IPv6 (RFC 4291 §2.5.5.2). */
export const MAPPED: Prefix = {
  bytes: Uint8Array.from([0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff, 0, 0, 0, 0]),
  length: 96,
};

/** The absent address. */
export const UNSPECIFIED = new Uint8Array(16);
