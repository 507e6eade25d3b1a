import { type Metadata } from './metadata.js';

/**
 * Ways down a database's search tree to some of its records, spread over all of it: what is read of them tells whether
 * the file is whole and of the kind that is wanted, in milliseconds however large it is.
 */
const MAX_BITS = 128;

/** @returns the left (0) or right (1) record of a node; NaN beyond the bytes */
function recordOf(bytes: Buffer, { recordSize, nodeBytes }: Metadata, node: number, side: 0 | 1): number {
  const start = node * nodeBytes;
  if (recordSize !== 28) return bytes.readUIntBE(start + (side * recordSize) / 8, recordSize / 8);
  const middle = bytes[start + 3] as number;
  const high = side === 0 ? middle >> 4 : middle & 0xf;
  return high * 2 ** 24 + bytes.readUIntBE(start + 4 * side, 3);
}

/** @returns the address, as text, of a way to a record */
function addressOf(way: Uint8Array, ipVersion: 4 | 6): string {
  if (ipVersion === 4) return way.subarray(0, 4).join('.');
  const groups = Array.from({ length: 8 }, (_, i) => ((way[2 * i] ?? 0) << 8) | (way[2 * i + 1] ?? 0));
  return groups.map((group) => group.toString(16)).join(':');
}

/** A generator of bits that are the same each time: what is found in a file once is found in it again. */
function* coins(): Generator<0 | 1, never, undefined> {
  let state = 0x9e3779b9;
  for (;;) {
    // xorshift32
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    yield ((state >>> 7) & 1) as 0 | 1;
  }
}

/**
 * @returns addresses that have records, at most `count`; none where the tree has no record
 * @throws RangeError where a node refers to what is not in the file
 */
export function sampleAddresses(bytes: Buffer, metadata: Metadata, count: number): string[] {
  const found = new Set<string>();
  const bits = coins();
  for (let i = 0; i < count; i++) {
    const way = new Uint8Array(MAX_BITS / 8);
    if (descend(bytes, metadata, way, bits)) found.add(addressOf(way, metadata.ipVersion));
  }
  return [...found];
}

/** Goes down at random, past records that are empty. @returns whether it came to data; `way` is the address */
function descend(bytes: Buffer, metadata: Metadata, way: Uint8Array, bits: Iterator<0 | 1, never>): boolean {
  const { nodeCount, ipVersion } = metadata;
  let node = 0;
  for (let bit = 0; bit < (ipVersion === 4 ? 32 : MAX_BITS); bit++) {
    const first = bits.next().value;
    let side = first;
    let record = recordOf(bytes, metadata, node, side);
    if (record === nodeCount) {
      side = first === 0 ? 1 : 0;
      record = recordOf(bytes, metadata, node, side);
    }
    if (record === nodeCount) return false;
    way[bit >> 3] = (way[bit >> 3] as number) | (side << (7 - (bit & 7)));
    if (record > nodeCount) {
      if (record - nodeCount - 16 < metadata.dataBytes) return true;
      throw new RangeError(`node ${node} refers to data beyond the end`);
    }
    node = record;
  }
  throw new RangeError('its search tree has no end');
}
