import { describe, expect, it } from 'vitest';
import { Metrics } from '#app-kit';
import { type AgentColumnName, ColumnBatch, fates } from '#columns';
import { batchOf, type RowValues } from '#testing/wire';
import { decisiveRows, decodeBatch, encodeBatch } from '#wire';
import { SeriesRoom, SeriesTable } from './series.js';
import { TrafficCounts } from './traffic-counts.js';
import { labelColumns, trafficLabels } from './traffic-labels.js';
import { trafficMetrics } from './traffic-metrics.js';

function add(counts: TrafficCounts, rows: readonly Partial<RowValues>[], now_ms = 0): void {
  const batch = decodeBatch(encodeBatch(batchOf(rows)));
  counts.add(batch, decisiveRows(batch), now_ms);
}

function counting(labels: readonly AgentColumnName[] = [], maxSeries = 1000): TrafficCounts {
  return new TrafficCounts({ labels, maxSeries });
}

const packet = (values: Partial<RowValues>): Partial<RowValues> => ({
  decisive: true,
  fate: 'accepted',
  type: 'rule',
  len: 100,
  sampling: 1,
  ...values,
});

/** The lines of a scrape, without those that count nothing. */
async function lines(counts: TrafficCounts, labels: readonly string[] = []): Promise<string[]> {
  const more = trafficMetrics(() => counts, labels);
  const text = await new Metrics({ prefix: 'x', version: '1', metrics: [], more }).text();
  return text.split('\n').filter((line) => /^visor_/.test(line) && !line.endsWith(' 0'));
}

describe('traffic metrics', () => {
  it('count decisive rows by fate, their bytes, and drops by reason', async () => {
    const counts = counting();
    add(counts, [
      packet({}),
      packet({ decisive: false, fate: 'dropped' }),
      packet({ fate: 'dropped', len: 60 }),
      packet({ fate: 'dropped', type: 'policy', len: 40 }),
      packet({ fate: 'rejected', type: 'rule' }),
    ]);
    add(counts, [packet({ len: 1500 }), packet({ fate: 'unknown', type: 'policy' })]);
    expect(await lines(counts)).toEqual([
      'visor_packets_total{fate="accepted"} 2',
      'visor_packets_total{fate="dropped"} 2',
      'visor_packets_total{fate="rejected"} 1',
      'visor_packets_total{fate="unknown"} 1',
      'visor_bytes_total{fate="accepted"} 1600',
      'visor_bytes_total{fate="dropped"} 100',
      'visor_bytes_total{fate="rejected"} 100',
      'visor_bytes_total{fate="unknown"} 100',
      'visor_drop_total{reason="rule"} 1',
      'visor_drop_total{reason="reject"} 1',
      'visor_drop_total{reason="policy"} 1',
    ]);
  });

  it('have every fate and reason from the start, and no more series than these', async () => {
    const counts = counting();
    const more = trafficMetrics(() => counts, []);
    const text = await new Metrics({ prefix: 'x', version: '1', metrics: [], more }).text();
    expect(text.match(/^visor_packets_total\{.*\} 0$/gm)).toHaveLength(fates.length);
    expect(text.match(/^visor_drop_total\{.*\} 0$/gm)).toHaveLength(3);
    expect(counts.series).toBe(2 * fates.length + 3);
  });

  it('count what a sample stands for, and agents that know no sampling as one', async () => {
    const counts = counting();
    add(counts, [packet({ sampling: 8 }), packet({ sampling: 0 })]);
    expect(await lines(counts)).toEqual([
      'visor_packets_total{fate="accepted"} 9',
      'visor_bytes_total{fate="accepted"} 900',
    ]);
  });

  it('take labels of choice, of names with any character', async () => {
    const labels = ['chain', 'dport', 'ip_src', 'handle'] as const;
    const counts = counting(labels);
    const ip_src = Uint8Array.from([0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 255, 255, 10, 0, 0, 1]);
    const odd = packet({ chain: 'a."\n*', dport: 22, ip_src, handle: 2n ** 63n, fate: 'dropped' });
    add(counts, [odd, packet({ chain: 'in', dport: 80 }), odd]);
    const first = String.raw`fate="dropped",chain="a.\"\n*",dport="22",ip_src="10.0.0.1",handle="9223372036854775808"`;
    const second = 'fate="accepted",chain="in",dport="80",ip_src="",handle="0"';
    expect(await lines(counts, labels)).toEqual([
      `visor_packets_total{${first}} 2`,
      `visor_packets_total{${second}} 1`,
      `visor_bytes_total{${first}} 200`,
      `visor_bytes_total{${second}} 100`,
      `visor_drop_total{${first.replace('fate="dropped"', 'reason="rule"')}} 2`,
    ]);
  });

  it('keep apart what odd names make look alike, and join what is named as the rest is', async () => {
    const labels = ['chain', 'comment'] as const;
    const counts = counting(labels);
    add(counts, [
      packet({ chain: 'a,comment:b', comment: 'c' }),
      packet({ chain: 'a', comment: 'b,comment:c' }),
      packet({ chain: 'other', comment: 'other' }),
    ]);
    expect((await lines(counts, labels)).slice(0, 3)).toEqual([
      'visor_packets_total{fate="accepted",chain="other",comment="other"} 1',
      'visor_packets_total{fate="accepted",chain="a,comment:b",comment="c"} 1',
      'visor_packets_total{fate="accepted",chain="a",comment="b,comment:c"} 1',
    ]);
    expect(counts.overflowed).toBe(0);
  });

  it('never have more series than allowed, and add up by fate all the same', async () => {
    const labels = ['dport'] as const;
    const counts = counting(labels, 100);
    for (let from = 0; from < 60_000; from += 1000) {
      add(
        counts,
        Array.from({ length: 1000 }, (_, i) =>
          packet({ fate: i % 2 ? 'dropped' : 'accepted', dport: from + i }),
        ),
      );
    }
    const shown = await lines(counts, labels);
    expect(shown.length).toBeLessThanOrEqual(100);
    expect(counts.series).toBeLessThanOrEqual(100);
    const sum = (start: string): number =>
      shown
        .filter((line) => line.startsWith(start))
        .reduce((all, line) => all + Number(line.split(' ').at(-1)), 0);
    expect(sum('visor_packets_total{fate="dropped"')).toBe(30_000);
    expect(sum('visor_packets_total{fate="accepted"')).toBe(30_000);
    expect(sum('visor_bytes_total{fate="dropped"')).toBe(3_000_000);
    expect(sum('visor_drop_total{reason="rule"')).toBe(30_000);
    const other = shown.find((line) => line.startsWith('visor_packets_total{fate="dropped",dport="other"}'));
    expect(Number(other?.split(' ').at(-1))).toBeGreaterThan(29_000);
    expect(counts.overflowed).toBe(
      60_000 - shown.filter((l) => /^visor_packets/.test(l) && !/other/.test(l)).length,
    );
  });

  it('every word of the setting is a column that agents send', () => {
    const batch = new ColumnBatch(1);
    for (const column of labelColumns(trafficLabels)) expect(batch.data).toHaveProperty(column);
  });
});

describe('SeriesTable', () => {
  const hour = 3_600_000;

  it('gives the room of series that count nothing any more to others, after an hour', () => {
    const room = new SeriesRoom(3);
    const table = new SeriesTable({ firsts: ['a'], more: 1, weight: 1, room });
    table.add(['a', 'gone'], 1, 1, hour);
    table.add(['a', 'stays'], 1, 1, hour);
    table.add(['a', 'new'], 1, 1, hour + 120_000);
    expect(table.overflowed).toBe(1);
    table.add(['a', 'stays'], 1, 1, 1.5 * hour);
    table.add(['a', 'new'], 5, 5, 2 * hour + 200_000);
    const shown = [...table].map(({ labels, packets }) => [labels[1], packets]);
    expect(shown).toEqual([
      ['other', 1],
      ['stays', 2],
      ['new', 5],
    ]);
    expect(room.used).toBe(3);
    // what the series that is gone had counted: with it the sum is what came
    expect(table.forgotten).toBe(1);
  });

  it('refuses a first label that it was not made for', () => {
    const table = new SeriesTable({ firsts: ['a'], more: 0, weight: 1, room: new SeriesRoom(9) });
    expect(() => table.add(['b'], 1, 1, 0)).toThrow('there is no series for "b"');
  });
});
