import fc from 'fast-check';
import { type AggregateRecord } from '../aggregate.js';
import { type Metric } from '../aggregate-metrics.js';
import { type Span } from '../aggregate-range.js';
import { type Statement } from '../engine.js';
import { planSource, type SourcePlan } from '../flows-source.js';
import { type Store } from '../store.js';
import { noonUs } from './batch.js';
import { type FlowRow } from './flow-rows.js';

/** Noon of yesterday: minutes after it are over. */
export const noon = noonUs(0) - 86_400e6;
const minute_us = 60e6;

export const kept = { now_us: Date.now() * 1000, ttlDays: 7, flowsTtlDays: 90 };
/** A plan that reads all from the rows. */
export const rowsOnly = (range: Span): SourcePlan => planSource(range, [], new Map(), kept);

export async function readRecords<T>(store: Store, statement: Statement): Promise<T[]> {
  const text = await store.queryText(statement);
  return text
    .split('\n')
    .filter(Boolean)
    .map((line) => JSON.parse(line) as T);
}

export const count = (of: 'packets' | 'bytes' | 'drops' | 'hops'): Metric => ({ kind: 'count', of });

/** Metrics that the rollup can answer. */
export const rollupMetrics: Metric[] = [
  count('packets'),
  count('bytes'),
  count('drops'),
  { kind: 'rate', of: 'bytes' },
  { kind: 'column', fn: 'uniq', column: 'ip_src' },
  { kind: 'column', fn: 'min', column: 'dport' },
  { kind: 'column', fn: 'max', column: 'handle' },
  { kind: 'column', fn: 'avg', column: 'len' },
  { kind: 'column', fn: 'avg', column: 'dport' },
  { kind: 'quantile', level: 90, column: 'dport' },
  { kind: 'rate-quantile', level: 50, of: 'packets' },
  { kind: 'rate-quantile', level: 95, of: 'drops' },
];

/** Rows of the first minutes after noon. */
export const rowArbitrary = (minutes: number): fc.Arbitrary<FlowRow> =>
  fc.record({
    ts: fc.nat(minutes * minute_us - 1).map((us) => noon + us),
    packet_id: fc.bigInt(0n, 2n ** 64n - 1n),
    hop: fc.nat(5),
    decisive: fc.boolean(),
    sampling: fc.constantFrom(0, 1, 1, 8),
    fate: fc.constantFrom('accepted', 'dropped', 'rejected', ''),
    handle: fc.constantFrom(0n, 7n, 2n ** 63n + 1n),
    ip_src: fc.nat(5),
    dport: fc.constantFrom(53, 80, 443),
    sg_src: fc.constantFrom('', 'web', 'web,db'),
    len: fc.nat(1500),
    ttl: fc.nat(255),
    hw_src: fc.constantFrom(0n, 1n),
    tcp_flags: fc.constantFrom(0, 18),
  });

/** What metrics come to, computed here from the rows. */
export function expectedMetrics(rows: readonly FlowRow[], range: Span): AggregateRecord {
  const packets = rows
    .filter(({ decisive }) => decisive)
    .map((row) => ({ ...row, weight: row.sampling || 1 }));
  const sum = (of: (row: (typeof packets)[number]) => number): number =>
    packets.reduce((total, row) => total + of(row), 0);
  const dropped = ({ fate }: FlowRow): boolean => fate === 'dropped' || fate === 'rejected';
  const weight = sum((row) => row.weight);
  const quantile = (level: number, weighted: { value: number; weight: number }[]): number => {
    const sorted = [...weighted].sort((a, b) => a.value - b.value);
    const wanted = level * sorted.reduce((total, { weight }) => total + weight, 0);
    let reached = 0;
    return sorted.find(({ weight }) => (reached += weight) >= wanted)?.value ?? 0;
  };
  const rates = (of: (row: (typeof packets)[number]) => number) => {
    const steps: { value: number; weight: number }[] = [];
    for (let at = Math.floor(range.from_us / minute_us) * minute_us; at < range.to_us; at += minute_us) {
      const length = Math.min(at + minute_us, range.to_us) - Math.max(at, range.from_us);
      const within = packets.filter(({ ts }) => ts >= at && ts < at + minute_us);
      steps.push({
        value: (within.reduce((total, row) => total + of(row), 0) * 1e6) / length,
        weight: length,
      });
    }
    return steps;
  };
  const bytes = sum((row) => row.weight * row.len);
  const handles = packets.map(({ handle }) => handle);
  return {
    packets: weight,
    bytes,
    drops: sum((row) => (dropped(row) ? row.weight : 0)),
    'bytes/s': (bytes * 1e6) / (range.to_us - range.from_us),
    'uniq(ip_src)': new Set(packets.map(({ ip_src }) => ip_src)).size,
    'min(dport)': Math.min(...packets.map(({ dport }) => dport)),
    'max(handle)': String(handles.reduce((max, handle) => (handle > max ? handle : max), 0n)),
    'avg(len)': bytes / weight,
    'avg(dport)': sum((row) => row.weight * row.dport) / weight,
    'p90(dport)': quantile(
      0.9,
      packets.map((row) => ({ value: row.dport, weight: row.weight })),
    ),
    'p50(packets/s)': quantile(
      0.5,
      rates((row) => row.weight),
    ),
    'p95(drops/s)': quantile(
      0.95,
      rates((row) => (dropped(row) ? row.weight : 0)),
    ),
  };
}
