import { gunzipSync, gzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { type TraceBatch } from '#bus';
import { batchOf } from '#testing/wire';
import { decodeBatch, encodeBatch } from '#wire';
import { batchSplitter } from './split-batch.js';

/** Packets of `hops` rows each, which do not compress. */
function traceBatch(packets: number, hops: number, textOf: (packet: number) => string): TraceBatch {
  const rows = Array.from({ length: packets * hops }, (_, row) => ({
    packet_id: BigInt(Math.floor(row / hops)) + 5n,
    hop: row % hops,
    comment: textOf(Math.floor(row / hops)),
  }));
  const bytes = gzipSync(encodeBatch(batchOf(rows)));
  const span = { netns: 'blue', from_us: 1, until_us: 2 };
  return { subject: 's', bytes, rows: rows.length, batchId: 1n, schema: 1, span };
}

function splitter() {
  let id = 100n;
  return batchSplitter(() => id++);
}

const noise = (seed: number, length: number): string => {
  let text = '';
  for (let x = seed + 1; text.length < length; x = (x * 48_271) % 2_147_483_647) text += x.toString(36);
  return text.slice(0, length);
};

describe('batchSplitter', () => {
  it('cuts between packets, so that each part is small enough and no row is missing', async () => {
    const batch = traceBatch(300, 3, (packet) => noise(packet, 100));
    const limit = 8000;
    const { parts, tooLarge } = await splitter()(batch, limit);
    expect(tooLarge).toBe(0);
    expect(batch.bytes.length).toBeGreaterThan(2 * limit);
    expect(parts.reduce((sum, { rows }) => sum + rows, 0)).toBe(900);
    const packets: bigint[] = [];
    for (const [at, part] of parts.entries()) {
      expect(part.bytes.length).toBeLessThanOrEqual(limit);
      expect(part).toMatchObject({ subject: 's', schema: 1, span: batch.span });
      const decoded = decodeBatch(gunzipSync(part.bytes));
      expect(decoded.rows).toBe(part.rows);
      expect(part.rows % 3).toBe(0);
      for (let row = 0; row < part.rows; row++) {
        expect(decoded.get('batch_id', row)).toBe(part.batchId);
        packets.push(decoded.get('packet_id', row));
      }
      expect(parts.findIndex(({ batchId }) => batchId === part.batchId)).toBe(at);
    }
    expect(packets).toEqual(Array.from({ length: 900 }, (_, row) => BigInt(Math.floor(row / 3)) + 5n));
  });

  it('leaves out a packet that is too large alone, and says of how many rows', async () => {
    const batch = traceBatch(20, 2, (packet) => noise(packet, packet === 7 ? 30_000 : 10));
    const { parts, tooLarge } = await splitter()(batch, 10_000);
    expect(tooLarge).toBe(2);
    expect(parts.reduce((sum, { rows }) => sum + rows, 0)).toBe(38);
  });
});
