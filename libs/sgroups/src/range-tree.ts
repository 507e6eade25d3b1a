/**
 * Finds the range that an address lies in. The starts of ranges are a sorted list; a binary search over 200,000 of them
 * takes 18 steps, each a miss of the branch predictor. The tree skips most: a node stands for starts that agree in
 * their first bytes, looks at the next byte in which they differ, and has for each of its 256 values what to do.
 * Lists of at most LEAF starts are searched as they are.
 *
 * A node is 259 words: the byte it looks at, its first start, the one after its last, and 256 slots. A slot is
 * `NODE + word offset of a node`, or `first start << COUNT_BITS | number of starts`, which may be 0: the address then
 * lies in the range before `first start`.
 *
 * Below the roots every node has more than LEAF starts and at least two ways out, and a start lies under at most 16
 * nodes, one a byte: 50 MB at most for 200,000 starts however they lie, and about 1 MB where nobody tries.
 */
const LEAF = 63;
const COUNT_BITS = 6;
const NODE = 0x8000_0000;
const DEPTH = 0;
const FIRST = 1;
const END = 2;
const SLOTS = 3;
const NODE_WORDS = SLOTS + 256;

/** The root of ::ffff:0:0/96 saves most packets the comparison of 12 bytes with the same; the other is that of all. */
const V4_ROOT = 0;
const ROOT = NODE_WORDS;
const MAPPED = [0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff] as const;

/** More than a slot can number */
export const MAX_RANGES = 2 ** (31 - COUNT_BITS);

/** @param starts 16 bytes each, ascending, the first all zero @returns the tree's words */
export function buildTree(starts: Uint8Array): Uint32Array {
  const words = new GrowingWords();
  for (const root of [V4_ROOT, ROOT])
    if (words.add(NODE_WORDS) !== root) throw new RangeError('roots come first');
  const count = starts.length / 16;
  const until = (wanted: number): number => {
    let i = 0;
    while (i < count && compareMapped(starts, 16 * i) < wanted) i++;
    return i;
  };
  fillNode(words, V4_ROOT, starts, { first: until(0), end: until(1), from: MAPPED.length });
  fillNode(words, ROOT, starts, { first: 0, end: count, from: 0 });
  return words.done();
}

/** @returns below, in or above ::ffff:0:0/96 */
function compareMapped(starts: Uint8Array, at: number): number {
  for (const [i, byte] of MAPPED.entries()) {
    if (starts[at + i] !== byte) return Math.sign((starts[at + i] ?? 0) - byte);
  }
  return 0;
}

/** Starts [first, end), which agree before byte `from`. */
interface Span {
  readonly first: number;
  readonly end: number;
  readonly from: number;
}

function fillNode(words: GrowingWords, node: number, starts: Uint8Array, { first, end, from }: Span): void {
  let depth = from;
  if (end - first > 1)
    while (depth < 15 && starts[16 * first + depth] === starts[16 * end - 16 + depth]) depth++;
  words.set(node + DEPTH, depth);
  words.set(node + FIRST, first);
  words.set(node + END, end);
  let at = first;
  for (let byte = 0; byte < 256; byte++) {
    let next = at;
    while (next < end && starts[16 * next + depth] === byte) next++;
    words.set(node + SLOTS + byte, slotOf(words, starts, { first: at, end: next, from: depth + 1 }));
    at = next;
  }
}

function slotOf(words: GrowingWords, starts: Uint8Array, span: Span): number {
  const count = span.end - span.first;
  if (count <= LEAF) return span.first * 2 ** COUNT_BITS + count;
  const node = words.add(NODE_WORDS);
  fillNode(words, node, starts, span);
  return NODE + node;
}

/**
 * @param at where the address's 16 bytes begin in `addresses`
 * @returns the number of the range that it lies in
 */
export function findRange(tree: Uint32Array, starts: Uint8Array, addresses: Uint8Array, at: number): number {
  const v4 = addresses[at] === 0 && isMapped(addresses, at);
  let node = v4 ? V4_ROOT : ROOT;
  let known = v4 ? MAPPED.length : 0;
  for (;;) {
    const depth = tree[node + DEPTH] as number;
    if (known < depth) {
      const first = tree[node + FIRST] as number;
      for (; known < depth; known++) {
        const difference = (addresses[at + known] as number) - (starts[16 * first + known] as number);
        if (difference < 0) return first - 1;
        if (difference > 0) return (tree[node + END] as number) - 1;
      }
    }
    const slot = tree[node + SLOTS + (addresses[at + depth] as number)] as number;
    known = depth + 1;
    if (slot < NODE) return searchLeaf(starts, slot, known, addresses, at);
    node = slot - NODE;
  }
}

function isMapped(a: Uint8Array, at: number): boolean {
  const zeros =
    (a[at + 1] as number) |
    (a[at + 2] as number) |
    (a[at + 3] as number) |
    (a[at + 4] as number) |
    (a[at + 5] as number) |
    (a[at + 6] as number) |
    (a[at + 7] as number) |
    (a[at + 8] as number) |
    (a[at + 9] as number);
  return zeros === 0 && a[at + 10] === 0xff && a[at + 11] === 0xff;
}

/** @returns the last of a slot's starts, or the one before them, that is not beyond the address; all agree before byte `known` */
function searchLeaf(
  starts: Uint8Array,
  slot: number,
  known: number,
  addresses: Uint8Array,
  at: number,
): number {
  let low = slot >>> COUNT_BITS;
  let end = low + (slot & LEAF);
  while (low < end) {
    const middle = (low + end) >>> 1;
    let difference = 0;
    for (let byte = known; byte < 16 && difference === 0; byte++) {
      difference = (starts[16 * middle + byte] as number) - (addresses[at + byte] as number);
    }
    if (difference > 0) end = middle;
    else low = middle + 1;
  }
  return low - 1;
}

class GrowingWords {
  #words = new Uint32Array(64 * NODE_WORDS);
  #length = 0;

  /** @returns where `count` more words begin */
  add(count: number): number {
    const at = this.#length;
    this.#length += count;
    if (this.#length > this.#words.length) {
      const larger = new Uint32Array(2 * this.#words.length);
      larger.set(this.#words);
      this.#words = larger;
    }
    return at;
  }

  set(at: number, value: number): void {
    this.#words[at] = value;
  }

  done(): Uint32Array {
    return this.#words.slice(0, this.#length);
  }
}
