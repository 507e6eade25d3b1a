import { SgroupsError } from './errors.js';
import { type Ranges } from './ranges.js';
import { buildTree, MAX_RANGES } from './range-tree.js';

/**
 * Networks by address with the names that rows get, in memory that threads share: 100,000 of them are handed over
 * without a copy, and no name is made a string before a packet meets it. `compile` makes it, PrefixTable reads it.
 */
export interface PackedPrefixes {
  /** See range-tree.ts */
  readonly tree: Uint32Array;
  /** 16 bytes a range, see ranges.ts */
  readonly starts: Uint8Array;
  /** Of each range; 0 = no network */
  readonly entries: Uint32Array;
  /** Two numbers an entry, of texts: the names of its networks, those of its groups */
  readonly entryTexts: Uint32Array;
  /** Where each text ends in `bytes`; text 0 is empty */
  readonly ends: Uint32Array;
  /** UTF-8 */
  readonly bytes: Uint8Array;
  /** Prefixes that differ */
  readonly prefixes: number;
}

/** What an entry of a network is called in rows. */
export interface EntryNames {
  readonly net: string;
  readonly sg: string;
}

/** Of all names together: data of some 100,000 networks has a few MB */
const MOST_TEXT_BYTES = 256 * 2 ** 20;

/**
 * @param entries names by entry number; number 0 stands for no network
 * @throws SgroupsError `too_large`
 */
export function pack(ranges: Ranges, entries: readonly EntryNames[], prefixes: number): PackedPrefixes {
  if (ranges.entries.length > MAX_RANGES) {
    const text = `${prefixes} networks are too many: an agent takes some ${MAX_RANGES / 2}`;
    throw new SgroupsError('compile', 'too_large', text);
  }
  const texts = new TextPacker();
  const entryTexts = entries.flatMap(({ net, sg }) => [texts.number(net), texts.number(sg)]);
  return {
    tree: shared(buildTree(ranges.starts)),
    starts: shared(ranges.starts),
    entries: shared(ranges.entries),
    entryTexts: shared(Uint32Array.from(entryTexts)),
    ...texts.pack(),
    prefixes,
  };
}

/** @returns what it holds of memory */
export function packedBytes(packed: PackedPrefixes): number {
  const { tree, starts, entries, entryTexts, ends, bytes } = packed;
  return [tree, starts, entries, entryTexts, ends, bytes].reduce((sum, part) => sum + part.byteLength, 0);
}

function shared<T extends Uint8Array | Uint32Array>(data: T): T {
  const Type = data.constructor as new (buffer: SharedArrayBuffer) => T;
  const copy = new Type(new SharedArrayBuffer(data.byteLength));
  copy.set(data);
  return copy;
}

/** Each text once. */
class TextPacker {
  readonly #numbers = new Map<string, number>([['', 0]]);

  number(text: string): number {
    const known = this.#numbers.get(text);
    if (known !== undefined) return known;
    this.#numbers.set(text, this.#numbers.size);
    return this.#numbers.size - 1;
  }

  pack(): Pick<PackedPrefixes, 'ends' | 'bytes'> {
    const texts = [...this.#numbers.keys()];
    const size = texts.reduce((sum, text) => sum + Buffer.byteLength(text), 0);
    if (size > MOST_TEXT_BYTES) {
      const text = `the names of all groups by network take ${size} bytes; more than ${MOST_TEXT_BYTES} find no room in an agent`;
      throw new SgroupsError('compile', 'too_large', text);
    }
    const bytes = Buffer.from(new SharedArrayBuffer(size));
    const ends = new Uint32Array(new SharedArrayBuffer(4 * texts.length));
    let at = 0;
    for (const [i, text] of texts.entries()) ends[i] = at += bytes.write(text, at);
    return { ends, bytes: new Uint8Array(bytes.buffer) };
  }
}
