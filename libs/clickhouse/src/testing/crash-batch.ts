import { tableFromIPC, tableToIPC } from 'apache-arrow';
import { type StoredBatch } from '../writer.js';
import { batchOf, dayOf, type TestRow } from './batch.js';

/** A number that looks random and is the same every time. */
function hashed(id: number, what: number): number {
  let x = Math.imul(id + 1, 0x9e3779b1) ^ Math.imul(what + 1, 0x85ebca6b);
  x = Math.imul(x ^ (x >>> 15), 0x2c1b3c6d);
  return (x ^ (x >>> 13)) >>> 0;
}

const tables = ['filter', 'nat', 'mangle'];

/**
 * @returns batch number `id` of a run, the same in every process: some thousand rows over a few minutes around a
 * midnight, every second one decisive
 * @param midnight_us the middle of the run's time
 */
export function crashBatch(id: number, midnight_us: number, repeated: boolean): StoredBatch {
  const rows = 10 + (hashed(id, 0) % 2000);
  const first = midnight_us + ((hashed(id, 1) % 7) - 4) * 60e6;
  const list = Array.from({ length: rows }, (_, i): TestRow => ({
    ts: first + Math.floor((i * 100e6) / rows),
    packet_id: BigInt(id) * 10_000n + BigInt(i),
    decisive: i % 2 === 0,
    len: 40 + (i % 7),
    sampling: i % 3,
    table: tables[hashed(id, i) % tables.length] ?? '',
  }));
  return batchOf(BigInt(id), list, repeated);
}

/** The UTC midnight before yesterday's: far from every TTL. */
export const midnightOf = (us: number): number => Date.parse(`${dayOf(us - 86_400e6)}T00:00:00Z`) * 1000;

/** Joins Arrow streams by decoding them. */
export function joinByDecoding(streams: readonly Uint8Array[]): Uint8Array[] {
  const [first, ...others] = streams.map((bytes) => tableFromIPC(bytes));
  if (!first) throw new TypeError('There is nothing to be joined');
  return [tableToIPC(first.concat(...others), 'stream')];
}
