import { crc32 } from 'node:zlib';

/** What is settled of a segment stands in a file beside it, which goes with it: batch ids, and damages that were told. */
export interface Settled {
  readonly batches: ReadonlySet<bigint>;
  /** Offsets of damages */
  readonly damages: ReadonlySet<number>;
}

const ENTRY_BYTES = 12;
/** Seeds of the checksum: they tell what an entry is. */
const SEED = { batch: 0, damage: 1 } as const;

function entry(value: bigint, seed: number): Buffer {
  const buffer = Buffer.alloc(ENTRY_BYTES);
  buffer.writeBigUInt64LE(value, 0);
  buffer.writeUInt32LE(crc32(buffer.subarray(0, 8), seed), 8);
  return buffer;
}

/** @returns bytes to append to the file */
export function settledBytes(batches: Iterable<bigint>, damages: Iterable<number> = []): Buffer {
  return Buffer.concat([
    ...Array.from(batches, (id) => entry(id, SEED.batch)),
    ...Array.from(damages, (offset) => entry(BigInt(offset), SEED.damage)),
  ]);
}

/**
 * Reads such a file. What is torn or damaged in it is passed over byte by byte, as more may have been appended to it:
 * those batches are asked for once more.
 */
export function readSettled(buffer: Buffer): Settled {
  const batches = new Set<bigint>();
  const damages = new Set<number>();
  for (let at = 0; at + ENTRY_BYTES <= buffer.length;) {
    const value = buffer.readBigUInt64LE(at);
    const sum = buffer.readUInt32LE(at + 8);
    const bytes = buffer.subarray(at, at + 8);
    const batch = sum === crc32(bytes, SEED.batch);
    const damage = !batch && sum === crc32(bytes, SEED.damage);
    if (batch) batches.add(value);
    if (damage) damages.add(Number(value));
    at += batch || damage ? ENTRY_BYTES : 1;
  }
  return { batches, damages };
}
