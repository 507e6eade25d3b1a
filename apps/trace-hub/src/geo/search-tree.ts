import { type Metadata } from './metadata.js';

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

/** @returns the address, as text, of a way to a record */
function addressOf(way: Uint8Array, ipVersion: 4 | 6): string {
  if (ipVersion === 4) return way.subarray(0, 4).join('.');
  const groups = Array.from({ length: 8 }, (_, i) => ((way[2 * i] ?? 0) << 8) | (way[2 * i + 1] ?? 0));
  return groups.map((group) => group.toString(16)).join(':');
}

const isMapped = (address: Uint8Array): boolean => {
  for (let i = 0; i < 10; i++) if (address[i] !== 0) return false;
  return address[10] === 0xff && address[11] === 0xff;
};

/**
 * A database's search tree. A node has a record for each value of the next bit of an address: the number of another node,
 * the number of nodes (nothing is known), or more (where its data are). The package walks it too, but from an address as
 * text to data that it decodes each time, which takes ten times as long.
 */
export class SearchTree {
  readonly #bits: number;
  /** Where IPv4 begins: at ::/96 of a tree for both */
  readonly #v4Start: number;

  /** @param bytes the file, which holds all of the nodes */
  constructor(
    private readonly bytes: Buffer,
    private readonly metadata: Metadata,
  ) {
    this.#bits = metadata.ipVersion === 4 ? 32 : 128;
    let node = 0;
    for (let bit = 32; bit < this.#bits && node < metadata.nodeCount; bit++) node = this.#record(node, 0);
    this.#v4Start = node;
  }

  /**
   * @param address 16 bytes, IPv4 mapped
   * @returns a number that addresses share which have the same data; 0 = there are none
   */
  find(address: Uint8Array): number {
    const { nodeCount } = this.metadata;
    const mapped = isMapped(address);
    if (!mapped && this.#bits === 32) return 0;
    let node = mapped ? this.#v4Start : 0;
    for (let bit = mapped ? 96 : 0; bit < 128 && node < nodeCount; bit++) {
      node = this.#record(node, ((address[bit >> 3] as number) >> (7 - (bit & 7))) & 1);
    }
    return node > nodeCount ? node : 0;
  }

  /**
   * Goes down to some of the data, spread over all of them: what is read there tells whether the file is whole and of the
   * kind that is wanted, in milliseconds however large it is.
   * @returns addresses that have data, at most `count`; none where there are no data
   * @throws RangeError where a record refers to what is not in the file
   */
  sample(count: number): string[] {
    const found = new Set<string>();
    const bits = coins();
    for (let i = 0; i < count; i++) {
      const way = new Uint8Array(16);
      if (this.#descend(way, bits)) found.add(addressOf(way, this.metadata.ipVersion));
    }
    return [...found];
  }

  /** Goes down at random, past records that are empty. @returns whether it came to data; `way` is the address */
  #descend(way: Uint8Array, bits: Iterator<0 | 1, never>): boolean {
    const { nodeCount, dataBytes } = this.metadata;
    let node = 0;
    for (let bit = 0; bit < this.#bits; bit++) {
      let side = bits.next().value;
      let record = this.#record(node, side);
      if (record === nodeCount) {
        side = side === 0 ? 1 : 0;
        record = this.#record(node, side);
      }
      if (record === nodeCount) return false;
      way[bit >> 3] = (way[bit >> 3] as number) | (side << (7 - (bit & 7)));
      if (record > nodeCount) {
        if (record - nodeCount - 16 < dataBytes) return true;
        throw new RangeError(`node ${node} refers to data beyond the end`);
      }
      node = record;
    }
    throw new RangeError('its search tree has no end');
  }

  /** @param node below the number of nodes */
  #record(node: number, side: number): number {
    const { bytes } = this;
    const { recordSize, nodeBytes } = this.metadata;
    const start = node * nodeBytes;
    const at = recordSize === 28 ? start + 4 * side : start + (side * recordSize) / 8;
    const high = ((bytes[at] as number) << 16) | ((bytes[at + 1] as number) << 8) | (bytes[at + 2] as number);
    if (recordSize === 24) return high;
    if (recordSize === 32) return high * 256 + (bytes[at + 3] as number);
    const middle = bytes[start + 3] as number;
    return (side === 0 ? middle >> 4 : middle & 0xf) * 2 ** 24 + high;
  }
}
