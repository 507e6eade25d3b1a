import { getRandomValues } from 'node:crypto';

/** A power of two. */
const SLOTS = 1 << 16;
/** The most that are taken before all are forgotten: probing stays short. */
const MOST = (SLOTS * 3) / 4;

/**
 * Gives addresses numbers, below `slots`, and knows them again: a hash table with a bound. When it is full it forgets
 * all of them, so that a scan over millions of addresses costs time and no memory.
 */
export class AddressCache {
  readonly slots = SLOTS;
  /** Four words an address, as they lie in memory; all zero = a free slot */
  readonly #keys = new Uint32Array(4 * SLOTS);
  /** Senders choose their addresses; without it they could choose those that collide. */
  readonly #seed = getRandomValues(new Uint32Array(1))[0] as number;
  #count = 0;

  /** How many addresses it knows */
  get size(): number {
    return this.#count;
  }

  /**
   * @param words addresses in words of 32 bits, the wanted one from `at`; not the one of zeros alone
   * @returns the address's number n, or `~n` (below 0) where it was not known and now is
   */
  number(words: Uint32Array, at: number): number {
    const keys = this.#keys;
    const a = words[at] as number;
    const b = words[at + 1] as number;
    const c = words[at + 2] as number;
    const d = words[at + 3] as number;
    let slot = this.#hash(a, b, c, d);
    for (;;) {
      const key = 4 * slot;
      if (keys[key + 3] === d && keys[key + 2] === c && keys[key + 1] === b && keys[key] === a) return slot;
      if (keys[key + 3] === 0 && keys[key + 2] === 0 && keys[key + 1] === 0 && keys[key] === 0) break;
      slot = (slot + 1) & (SLOTS - 1);
    }
    if (this.#count === MOST) {
      this.#forget();
      slot = this.#hash(a, b, c, d);
    }
    this.#count++;
    keys.set([a, b, c, d], 4 * slot);
    return ~slot;
  }

  #forget(): void {
    this.#keys.fill(0);
    this.#count = 0;
  }

  /** The rounds of MurmurHash3 (x86, 32 bits) over four words. */
  #hash(a: number, b: number, c: number, d: number): number {
    let hash = mix(mix(mix(mix(this.#seed, a), b), c), d);
    hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
    hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
    return (hash ^ (hash >>> 16)) & (SLOTS - 1);
  }
}

function mix(hash: number, word: number): number {
  const scrambled = Math.imul(word, 0xcc9e2d51);
  const mixed = hash ^ Math.imul((scrambled << 15) | (scrambled >>> 17), 0x1b873593);
  return Math.imul((mixed << 13) | (mixed >>> 19), 5) + 0xe6546b64;
}
