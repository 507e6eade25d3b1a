import { type AddressWords, type Cidr, MAPPED_WORD, masked } from './cidr.js';

/** A network and the number of what it means. */
export interface NumberedCidr extends Pick<Cidr, 'words' | 'length'> {
  readonly entry: number;
}

/**
 * The whole address space cut into ranges that mean one thing each: a range goes from its start to the next one's.
 * The first starts at ::, the last ends with the space.
 */
export interface Ranges {
  /** 16 bytes a range, ascending */
  readonly starts: Uint8Array;
  /** What its addresses mean; 0 = nothing */
  readonly entries: Uint32Array;
}

/** IPv4 lies within IPv6 here, and `::` means absent: an IPv6 network around them has neither. */
const ABSENT: NumberedCidr = { words: [0, 0, 0, 0], length: 128, entry: 0 };
const MAPPED: NumberedCidr = { words: [0, 0, MAPPED_WORD, 0], length: 96, entry: 0 };

/** By first address, the wider one before those within it; 0 = the same network */
export function compareCidrs(a: Pick<Cidr, 'words' | 'length'>, b: Pick<Cidr, 'words' | 'length'>): number {
  return (
    a.words[0] - b.words[0] ||
    a.words[1] - b.words[1] ||
    a.words[2] - b.words[2] ||
    a.words[3] - b.words[3] ||
    a.length - b.length
  );
}

/**
 * Cuts the address space so that each address has the most specific network that it lies in.
 * @param networks as compareCidrs orders them, none twice
 * @param nested is called for each network within another: the inner and the outer entry
 */
export function cutRanges(
  networks: readonly NumberedCidr[],
  nested: (inner: number, outer: number) => void = () => undefined,
): Ranges {
  const all = withHoles(networks);
  const writer = new RangeWriter(2 * all.length + 1);
  const open: NumberedCidr[] = [];
  const closeLast = (): void => {
    const next = addressAfter(open.pop() as NumberedCidr);
    if (next) writer.start(next, open.at(-1)?.entry ?? 0);
  };
  writer.start(ABSENT.words, 0);
  for (const network of all) {
    while (open.length > 0 && !contains(open.at(-1) as NumberedCidr, network)) closeLast();
    const outer = open.at(-1)?.entry ?? 0;
    if (outer !== 0 && network.entry !== 0) nested(network.entry, outer);
    open.push(network);
    writer.start(network.words, network.entry);
  }
  while (open.length > 0) closeLast();
  return writer.done();
}

function withHoles(networks: readonly NumberedCidr[]): NumberedCidr[] {
  // ::/128 never means an address; 0.0.0.0/0 takes the place of its hole
  const all = networks.filter((network) => compareCidrs(network, ABSENT) !== 0);
  const holes = all.some((network) => compareCidrs(network, MAPPED) === 0) ? [ABSENT] : [ABSENT, MAPPED];
  for (const hole of holes) {
    const at = all.findIndex((network) => compareCidrs(network, hole) > 0);
    all.splice(at < 0 ? all.length : at, 0, hole);
  }
  return all;
}

/** Of two networks in their order */
function contains(outer: NumberedCidr, inner: NumberedCidr): boolean {
  const { words, length } = outer;
  return words.every((word, i) => masked(inner.words[i] as number, length - 32 * i) === word);
}

/** @returns the first address after the network; undefined at the end of the space */
function addressAfter({ words, length }: NumberedCidr): AddressWords | undefined {
  if (length === 0) return undefined;
  const next: [number, number, number, number] = [...words];
  let i = (length - 1) >> 5;
  let carry = 2 ** (31 - ((length - 1) & 31));
  for (; i >= 0; i--) {
    const sum = (next[i] as number) + carry;
    next[i] = sum >>> 0;
    if (sum < 2 ** 32) return next;
    carry = 1;
  }
  return undefined;
}

/** Collects starts in ascending order: a later one at the same address wins, one that changes nothing is left out. */
class RangeWriter {
  readonly #words: Uint32Array;
  readonly #entries: Uint32Array;
  #count = 0;

  constructor(capacity: number) {
    this.#words = new Uint32Array(4 * capacity);
    this.#entries = new Uint32Array(capacity);
  }

  start(address: AddressWords, entry: number): void {
    if (this.#count > 0 && this.#isLast(address)) this.#count--;
    if (this.#count > 0 && this.#entries[this.#count - 1] === entry) return;
    this.#words.set(address, 4 * this.#count);
    this.#entries[this.#count++] = entry;
  }

  done(): Ranges {
    const starts = new Uint8Array(16 * this.#count);
    const view = new DataView(starts.buffer);
    for (let i = 0; i < 4 * this.#count; i++) view.setUint32(4 * i, this.#words[i] as number);
    return { starts, entries: this.#entries.slice(0, this.#count) };
  }

  #isLast([a, b, c, d]: AddressWords): boolean {
    const at = 4 * (this.#count - 1);
    const words = this.#words;
    return words[at] === a && words[at + 1] === b && words[at + 2] === c && words[at + 3] === d;
  }
}
