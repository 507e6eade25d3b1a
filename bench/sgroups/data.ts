import { formatIp } from '#columns';
import { type SgroupsData } from '#sgroups';

/** A generator of numbers that gives the same ones for the same seed (mulberry32). @returns numbers from 0 to 2^32 - 1 */
export function randomNumbers(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = Math.imul(state ^ (state >>> 15), state | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return (t ^ (t >>> 14)) >>> 0;
  };
}

/** Lengths as routing tables and hosts' lists have them */
const V4_LENGTHS = [16, 20, 22, 24, 24, 24, 26, 28, 30, 32, 32];
const V6_LENGTHS = [32, 40, 48, 48, 56, 64, 64, 80, 96, 128, 128];
const GROUPS = 2000;

/** @returns that many different networks: two of three IPv4, all over its space; IPv6 in some hundred sites */
export function randomNetworks(count: number, random: () => number): SgroupsData {
  const cidrs = new Set<string>();
  for (let i = 0; cidrs.size < count; i++) {
    const v4 = i % 3 !== 0;
    const lengths = v4 ? V4_LENGTHS : V6_LENGTHS;
    const length = lengths[random() % lengths.length] ?? 24;
    const bytes = (v4 ? randomV4 : randomV6)(random);
    const kept = v4 ? length + 96 : length;
    const network = bytes.map((byte, at) => byte & ~(0xff >> Math.min(Math.max(kept - 8 * at, 0), 8)));
    cidrs.add(`${formatIp(network)}/${length}`);
  }
  const networks = Array.from(cidrs, (cidr, i) => ({ name: `net-${i}`, cidr }));
  const groups = Array.from({ length: GROUPS }, (_, i) => ({
    name: `group-${i}`,
    networks: networks.filter((_, n) => n % GROUPS === i || n % 1999 === i).map(({ name }) => name),
  }));
  return { networks, groups };
}

/** @returns an address of four words as 16 bytes */
export function bytesOf(words: readonly number[]): Uint8Array {
  const bytes = new Uint8Array(16);
  const view = new DataView(bytes.buffer);
  for (const [i, word] of words.entries()) view.setUint32(4 * i, word);
  return bytes;
}

export function randomV4(random: () => number): Uint8Array {
  const bytes = new Uint8Array(16).fill(0xff, 10, 12);
  new DataView(bytes.buffer).setUint32(12, random() % 0xe000_0000);
  return bytes;
}

export function randomV6(random: () => number): Uint8Array {
  const bytes = new Uint8Array(16);
  const words = new DataView(bytes.buffer);
  words.setUint32(0, 0x2001_0000 + (random() % 512));
  for (const at of [4, 8, 12]) words.setUint32(at, random());
  return bytes;
}

/**
 * Addresses in one array, 16 bytes each: every other one within a network, the others anywhere.
 * @param firsts the networks' first addresses
 */
export function randomAddresses(
  count: number,
  firsts: readonly Uint8Array[],
  random: () => number,
): Uint8Array {
  const addresses = new Uint8Array(16 * count);
  for (let i = 0; i < count; i++) {
    const inside = firsts[random() % firsts.length];
    const address = i % 2 === 0 && inside ? inside : random() % 3 === 0 ? randomV6(random) : randomV4(random);
    addresses.set(address, 16 * i);
  }
  return addresses;
}
