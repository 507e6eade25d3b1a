import { type Random } from './random.js';

/** Values that lengths and counts go wrong at */
const edges = [0, 1, 3, 4, 5, 7, 8, 15, 16, 19, 20, 0x7f, 0x80, 0xff, 0x7fff, 0x8000, 0xffff];
const edges32 = [0, 1, 16, 19, 20, 0x7fffffff, 0x80000000, 0xfffffffc, 0xfffffffd, 0xffffffff];
const NETLINK_HEADERS = 20;

type Mutator = (bytes: Buffer, random: Random, others: readonly Uint8Array[]) => Buffer;

/** Where the attributes of a message start, nested ones of a verdict too, as far as its lengths are true */
function attributes(bytes: Buffer): number[] {
  const found: number[] = [];
  for (let at = NETLINK_HEADERS; at + 4 <= bytes.length;) {
    const length = bytes.readUInt16LE(at);
    found.push(at);
    if (bytes.readUInt16LE(at + 2) % 0x8000 === 5 && at + 8 <= bytes.length) found.push(at + 4);
    if (length < 4) break;
    at += (length + 3) & ~3;
  }
  return found;
}

const atAttribute =
  (change: (bytes: Buffer, at: number, random: Random) => void): Mutator =>
  (bytes, random) => {
    const places = attributes(bytes);
    if (places.length > 0) change(bytes, random.pick(places), random);
    return bytes;
  };

const mutators: readonly Mutator[] = [
  // bits and bytes anywhere
  (bytes, random) => {
    const at = random.below(bytes.length);
    if (bytes.length > 0) bytes[at] = (bytes[at] ?? 0) ^ (1 << random.below(8));
    return bytes;
  },
  (bytes, random) => {
    if (bytes.length > 0) bytes[random.below(bytes.length)] = random.below(256);
    return bytes;
  },
  // cut off, and longer than it says
  (bytes, random) => bytes.subarray(0, random.below(bytes.length + 1)),
  (bytes, random) => Buffer.concat([bytes, random.bytes(random.below(64))]),
  // lengths, types, nesting
  atAttribute((bytes, at, random) => bytes.writeUInt16LE(random.pick(edges), at)),
  atAttribute((bytes, at, random) =>
    bytes.writeUInt16LE(random.below(24) | (random.once(2) ? 0x8000 : 0), at + 2),
  ),
  (bytes, random) => {
    if (bytes.length >= 4) bytes.writeUInt32LE(random.pick(random.once(2) ? edges32 : [bytes.length]), 0);
    return bytes;
  },
  (bytes, random) => {
    if (bytes.length >= 6) bytes.writeUInt16LE(random.pick([0x0a11, 0x0a0f, 0x0a00, 3, 0xffff]), 4);
    return bytes;
  },
  // an attribute once more, or without its place
  (bytes, random) => {
    const places = attributes(bytes);
    if (places.length < 2) return bytes;
    const [from, to] = [random.pick(places), random.pick(places)];
    const copy = bytes.subarray(from, from + ((bytes.readUInt16LE(from) + 3) & ~3));
    return random.once(2)
      ? withLength(Buffer.concat([bytes.subarray(0, to), copy, bytes.subarray(to)]))
      : withLength(Buffer.concat([bytes.subarray(0, from), bytes.subarray(from + copy.length)]));
  },
  // the front of one message, the end of another
  (bytes, random, others) => {
    const other = random.pick(others);
    return Buffer.concat([
      bytes.subarray(0, random.below(bytes.length + 1)),
      other.subarray(random.below(other.length)),
    ]);
  },
  // the id of another message, so that packets run into each other
  (bytes, random, others) => withId(bytes, idOf(Buffer.from(random.pick(others)))),
];

function withLength(bytes: Buffer): Buffer {
  if (bytes.length >= 4) bytes.writeUInt32LE(bytes.length, 0);
  return bytes;
}

const isId = (bytes: Buffer, at: number): boolean =>
  bytes.length >= at + 8 && bytes.readUInt32LE(at) === 0x00060008;

function idOf(bytes: Buffer): number {
  const at = attributes(bytes).find((place) => isId(bytes, place));
  return at === undefined ? 0 : bytes.readUInt32BE(at + 4);
}

/** Gives the message another trace id, where it has one. */
export function withId(bytes: Buffer, id: number): Buffer {
  const at = attributes(bytes).find((place) => isId(bytes, place));
  if (at !== undefined) bytes.writeUInt32BE(id, at + 4);
  return bytes;
}

/** @returns a changed copy of a message; `others` is where parts of other messages come from */
export function mutate(message: Uint8Array, random: Random, others: readonly Uint8Array[]): Buffer {
  let bytes: Buffer = Buffer.from(message);
  for (let i = 1 + random.below(3); i > 0; i--) bytes = random.pick(mutators)(bytes, random, others);
  return bytes;
}

/** @returns bytes of no form that is known, with some changed, cut off or repeated */
export function mutateBytes(whole: Uint8Array, random: Random): Buffer {
  const bytes = Buffer.from(whole);
  for (let i = random.below(4); i >= 0; i--) {
    const at = random.below(bytes.length);
    if (random.once(3)) bytes.writeUInt32LE(random.pick(edges32), Math.min(at, bytes.length - 4));
    else bytes[at] = random.below(256);
  }
  if (random.once(3)) return bytes.subarray(0, random.below(bytes.length));
  if (!random.once(3)) return bytes;
  const from = random.below(bytes.length);
  return Buffer.concat([bytes, bytes.subarray(from, from + random.below(1000))]);
}
