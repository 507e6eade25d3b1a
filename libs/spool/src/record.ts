import { crc32 } from 'node:zlib';

/** A batch as the spool keeps it. */
export interface SpoolBatch {
  readonly batchId: bigint;
  readonly rows: number;
  /** The version of its columns. */
  readonly schema: number;
  /** When its first and its last event were seen, µs since 1970. */
  readonly from_us: number;
  readonly until_us: number;
  /** Where they were seen; '' = the agent's own network namespace. */
  readonly netns: string;
  readonly bytes: Uint8Array;
}

/** All of a batch but its bytes: what the spool's index holds. */
export type BatchFacts = Omit<SpoolBatch, 'bytes'> & {
  /** Length of its bytes. */
  readonly size: number;
};

/**
 * A record: a header with a checksum of its own, then the name of the network namespace and the batch's bytes, with
 * another. A header that is whole tells how long its record is and how many rows it has, whatever became of the rest.
 *
 *  0 u32 magic (kind)   4 u16 0   6 u16 length of netns   8 u32 length of netns and bytes   12 u32 CRC of these
 * 16 u64 batch id  24 u32 rows    28 u32 schema   32 u64 from_us   40 u64 until_us   48 u32 0   52 u32 CRC of [0, 52)
 *
 * A `group` replaces the batch that its id names: its payload is the records of those that stand for it, so that all of
 * them are there or none is.
 */
export const HEADER_BYTES = 56;
/** A part has a magic of its own: where its group is damaged it must not be taken for a batch that stands alone. */
const MAGIC = { batch: 0x31505356, group: 0x31475356, part: 0x312d5356 } as const;
type Kind = keyof typeof MAGIC;
const kindOf = new Map<number, Kind>(Object.entries(MAGIC).map(([kind, magic]) => [magic, kind as Kind]));
/** What all of them begin with, but for their second half: `VS` */
const MAGIC_START = Buffer.from([0x56, 0x53]);

export interface Header extends Omit<SpoolBatch, 'bytes' | 'netns'> {
  readonly kind: Kind;
  readonly netnsLength: number;
  readonly payloadLength: number;
  readonly payloadCrc: number;
}

function record(kind: Kind, facts: Omit<SpoolBatch, 'bytes'>, bytes: Uint8Array): Buffer {
  const netns = Buffer.from(facts.netns);
  const buffer = Buffer.allocUnsafe(HEADER_BYTES + netns.length + bytes.length);
  buffer.set(netns, HEADER_BYTES);
  buffer.set(bytes, HEADER_BYTES + netns.length);
  buffer.writeUInt32LE(MAGIC[kind], 0);
  buffer.writeUInt16LE(0, 4);
  buffer.writeUInt16LE(netns.length, 6);
  buffer.writeUInt32LE(netns.length + bytes.length, 8);
  buffer.writeUInt32LE(crc32(buffer.subarray(HEADER_BYTES)), 12);
  buffer.writeBigUInt64LE(facts.batchId, 16);
  buffer.writeUInt32LE(facts.rows, 24);
  buffer.writeUInt32LE(facts.schema, 28);
  buffer.writeBigUInt64LE(BigInt(Math.trunc(facts.from_us)), 32);
  buffer.writeBigUInt64LE(BigInt(Math.trunc(facts.until_us)), 40);
  buffer.writeUInt32LE(0, 48);
  buffer.writeUInt32LE(crc32(buffer.subarray(0, 52)), 52);
  return buffer;
}

export const batchRecord = (batch: SpoolBatch): Buffer => record('batch', batch, batch.bytes);

/** @returns the record of batches that stand for another one; at least one */
export function groupRecord(replaced: bigint, parts: readonly SpoolBatch[]): Buffer {
  const rows = parts.reduce((sum, part) => sum + part.rows, 0);
  const facts = { batchId: replaced, rows, schema: 0, from_us: 0, until_us: 0, netns: '' };
  return record('group', facts, Buffer.concat(parts.map((part) => record('part', part, part.bytes))));
}

/** @returns the header at `at`; undefined where there is none, or not a whole one */
export function readHeader(buffer: Buffer, at: number): Header | undefined {
  if (at + HEADER_BYTES > buffer.length) return undefined;
  const kind = kindOf.get(buffer.readUInt32LE(at));
  if (!kind || buffer.readUInt32LE(at + 52) !== crc32(buffer.subarray(at, at + 52))) return undefined;
  return {
    kind,
    netnsLength: buffer.readUInt16LE(at + 6),
    payloadLength: buffer.readUInt32LE(at + 8),
    payloadCrc: buffer.readUInt32LE(at + 12),
    batchId: buffer.readBigUInt64LE(at + 16),
    rows: buffer.readUInt32LE(at + 24),
    schema: buffer.readUInt32LE(at + 28),
    from_us: Number(buffer.readBigUInt64LE(at + 32)),
    until_us: Number(buffer.readBigUInt64LE(at + 40)),
  };
}

/** @returns whether the payload of a record at `at` is there and as it was written */
export function payloadIntact(buffer: Buffer, at: number, header: Header): boolean {
  const start = at + HEADER_BYTES;
  const end = start + header.payloadLength;
  return end <= buffer.length && crc32(buffer.subarray(start, end)) === header.payloadCrc;
}

/** @returns where the next record after `at` begins whose header is whole, parts aside; the buffer's length if none does */
export function nextHeader(buffer: Buffer, at: number): number {
  for (let from = at + 1; ; from++) {
    from = buffer.indexOf(MAGIC_START, from);
    if (from < 0) return buffer.length;
    const kind = readHeader(buffer, from)?.kind;
    if (kind && kind !== 'part') return from;
  }
}
