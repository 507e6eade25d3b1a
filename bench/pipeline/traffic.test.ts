import { describe, expect, it } from 'vitest';
import { ColumnBatch } from '#columns';
import { Traffic, type TrafficOptions } from './traffic.js';

const options: TrafficOptions = { agent: 'a', seed: 7, flows: 1000, rate: 100_000, from_us: 1.7e15 };

function batchOf(given: Partial<TrafficOptions> = {}): ColumnBatch {
  const batch = new ColumnBatch(4096);
  new Traffic({ ...options, ...given }).fill(batch);
  return batch;
}

describe('generated traffic', () => {
  it('has packets of 3 to 6 hops, of which one decides', () => {
    const batch = batchOf();
    const packets = new Map<bigint, { hops: number[]; decisive: number }>();
    for (let row = 0; row < batch.rows; row++) {
      const packet = packets.get(batch.get('packet_id', row)) ?? { hops: [], decisive: 0 };
      packet.hops.push(batch.get('hop', row));
      if (batch.get('decisive', row)) packet.decisive++;
      packets.set(batch.get('packet_id', row), packet);
    }
    for (const { hops, decisive } of packets.values()) {
      expect(hops).toEqual(hops.map((_, at) => at));
      expect(hops.length).toBeGreaterThanOrEqual(3);
      expect(hops.length).toBeLessThanOrEqual(6);
      expect(decisive).toBe(1);
    }
    expect(packets.size).toBeGreaterThan(500);
  });

  it('has few flows with most of the packets, and times that go on', () => {
    const batch = batchOf();
    const counts = new Map<number, number>();
    for (let row = 0; row < batch.rows; row++) {
      const flow = batch.get('ct_id', row);
      counts.set(flow, (counts.get(flow) ?? 0) + 1);
      if (row > 0) expect(batch.get('ts', row)).toBeGreaterThanOrEqual(batch.get('ts', row - 1));
    }
    const sorted = [...counts.values()].sort((a, b) => b - a);
    const busiest = sorted.slice(0, 100).reduce((sum, count) => sum + count, 0);
    expect(busiest).toBeGreaterThan(batch.rows / 2);
    expect(sorted.length).toBeGreaterThan(200);
  });

  it('is the same for the same seed, and another for another', () => {
    const rows = (batch: ColumnBatch): string =>
      Array.from({ length: batch.rows }, (_, row) =>
        [batch.get('sport', row), batch.get('tcp_seq', row), batch.get('len', row)].join(),
      ).join(';');
    expect(rows(batchOf())).toBe(rows(batchOf()));
    expect(rows(batchOf())).not.toBe(rows(batchOf({ seed: 8 })));
  });
});
