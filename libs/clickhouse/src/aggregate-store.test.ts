import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { compare, equal, type Filter } from '#filter';
import { aggregateNeeds, selectAggregate, type AggregateQuery, type AggregateRecord } from './aggregate.js';
import { metricName } from './aggregate-metrics.js';
import { type Span } from './aggregate-range.js';
import { planFor, type Needs, type SourcePlan } from './flows-source.js';
import { hintNeeds, selectHints } from './hints.js';
import { selectSeries, seriesNeeds, type SeriesQuery, type SeriesRecord } from './series.js';
import { type Store } from './store.js';
import { storeOne, temporaryDatabase } from './testing/directory.js';
import {
  count,
  expectedMetrics,
  kept,
  noon,
  readRecords,
  rollupMetrics,
  rowArbitrary,
  rowsOnly,
} from './testing/flow-model.js';
import { flowBatch } from './testing/flow-rows.js';

const minute_us = 60e6;
const later = (): number => Date.now() * 1000 + 3600e6;

const mixed = (store: Store, needs: Needs, range: Span): Promise<SourcePlan> =>
  planFor(needs, range, { kept, read: (statement) => readRecords(store, statement) });

const names = rollupMetrics.map(metricName);

const filters: (Filter | undefined)[] = [
  undefined,
  equal('dport', 443),
  { op: 'not', of: equal('sg_src', 'web') },
  { op: 'and', of: [compare('handle', '>', 1n), equal('fate', 'dropped')] },
];

const queryArbitrary: fc.Arbitrary<AggregateQuery> = fc
  .record({
    by: fc.subarray(['ip_src', 'time', 'fate', 'sg_src'] as const),
    minutes: fc.constantFrom(1, 2, 5),
    limit: fc.integer({ min: 1, max: 6 }),
    others: fc.boolean(),
    filter: fc.constantFrom(...filters),
    having: fc.constantFrom([], [{ metric: count('packets'), operator: '>' as const, value: '2' }]),
    descending: fc.boolean(),
  })
  .map(({ minutes, descending, ...rest }) => ({
    ...rest,
    select: rollupMetrics,
    sort: [{ by: { metric: count('packets') }, descending }],
    bucket_us: minutes * minute_us,
    step_us: minute_us,
  }));

const rangeArbitrary = (minutes: number): fc.Arbitrary<Span> =>
  fc
    .tuple(
      fc.integer({ min: -30, max: minutes * 60 }),
      fc.integer({ min: 1, max: minutes * 60 }),
      fc.nat(999_999),
    )
    .map(([from, length, us]) => {
      const from_us = noon + from * 1e6 + us;
      return { from_us, to_us: from_us + length * 1e6 };
    });

const closeTo = (record: AggregateRecord): AggregateRecord =>
  Object.fromEntries(
    Object.entries(record).map(([name, value]) => [
      name,
      typeof value === 'number' && !Number.isInteger(value)
        ? (expect.closeTo(value, 6) as unknown as number)
        : value,
    ]),
  );

describe('groups of packets', { timeout: 120_000 }, () => {
  it('are the same from the rollup, with what it lacks from the rows, as from the rows alone', async () => {
    const { store } = await temporaryDatabase('embedded');
    const minutes = 6;
    let id = 0n;
    const used = { flows_1m: 0, traces: 0, both: 0 };
    const step = fc.record({
      rows: fc.array(rowArbitrary(minutes), { minLength: 1, maxLength: 30 }),
      rollUp: fc.boolean(),
      query: queryArbitrary,
      range: rangeArbitrary(minutes),
    });
    await fc.assert(
      fc.asyncProperty(step, async ({ rows, rollUp, query, range }) => {
        // Minutes that get rows are not in the rollup, or not all of them, until it is computed the next time.
        await storeOne(store, flowBatch((id += 1n), rows));
        if (rollUp) await store.rollUp(later());
        const plan = await mixed(store, aggregateNeeds(query), range);
        used[plan.source]++;
        if (plan.parts.length > 1) used.both++;
        const fromBoth = await readRecords(store, selectAggregate(query, plan));
        expect(fromBoth).toEqual(await readRecords(store, selectAggregate(query, rowsOnly(range))));
        const series: SeriesQuery = { ...query, by: 'ip_src', limit: 3 };
        const seriesPlan = await mixed(store, seriesNeeds(series), range);
        expect(await readRecords(store, selectSeries(series, seriesPlan))).toEqual(
          await readRecords(store, selectSeries(series, rowsOnly(range))),
        );
        const hints = { column: 'sg_src' as const, prefix: '', limit: 10, filter: query.filter };
        const hintPlan = await mixed(store, hintNeeds(hints), range);
        expect(await readRecords(store, selectHints(hints, hintPlan))).toEqual(
          await readRecords(store, selectHints(hints, rowsOnly(range))),
        );
      }),
      { numRuns: 40 },
    );
    // Were all questions answered by the rows, they would agree by accident.
    expect(used.flows_1m).toBeGreaterThan(3);
    expect(used.both).toBeGreaterThan(3);
  });

  it('have the metrics that their rows come to, and so have the total and the others', async () => {
    const { store } = await temporaryDatabase('embedded');
    const all = fc.sample(rowArbitrary(5), { numRuns: 300, seed: 6 });
    await storeOne(store, flowBatch(1n, all));
    await store.rollUp(later());
    const ranges = fc.sample(rangeArbitrary(5), { numRuns: 12, seed: 7 });
    for (const range of ranges) {
      const query: AggregateQuery = {
        by: ['ip_src'],
        select: rollupMetrics,
        having: [],
        sort: [{ by: { metric: count('packets') }, descending: true }],
        limit: 2,
        others: true,
        bucket_us: 0,
        step_us: minute_us,
      };
      const plan = await mixed(store, aggregateNeeds(query), range);
      const rows = all.filter(({ ts }) => ts >= range.from_us && ts < range.to_us);
      const found = await readRecords<AggregateRecord>(store, selectAggregate(query, plan));
      if (!rows.some(({ decisive }) => decisive)) {
        expect(found).toMatchObject([{ row_kind: 0, packets: 0, 'avg(len)': null, 'p95(drops/s)': 0 }]);
        continue;
      }
      const shown = found.filter(({ row_kind }) => row_kind === 1).map(({ ip_src }) => String(ip_src));
      expect(found[0]).toMatchObject({ row_kind: 0, ...closeTo(expectedMetrics(rows, range)) });
      for (const record of found.slice(1)) {
        const isOther = record['row_kind'] === 2;
        const mine = rows.filter(({ ip_src }) =>
          isOther ? !shown.includes(`10.0.0.${ip_src}`) : record['ip_src'] === `10.0.0.${ip_src}`,
        );
        expect(record).toMatchObject(closeTo(expectedMetrics(mine, range)));
      }
    }
  });
});

it('series have the numbers of their buckets, and the others those of all other values', async () => {
  const { store } = await temporaryDatabase('embedded');
  const all = fc.sample(rowArbitrary(5), { numRuns: 200, seed: 8 });
  await storeOne(store, flowBatch(1n, all));
  await store.rollUp(later());
  const range = { from_us: noon + 30e6, to_us: noon + 250e6 };
  const query: SeriesQuery = {
    by: 'ip_src',
    select: rollupMetrics,
    bucket_us: 2 * minute_us,
    step_us: minute_us,
    limit: 2,
  };
  const plan = await mixed(store, seriesNeeds(query), range);
  expect(plan.source).toBe('flows_1m');
  const found = await readRecords<SeriesRecord>(store, selectSeries(query, plan));
  const names = new Set(found.filter(({ shown }) => shown === true).map(({ key }) => key));
  expect(names.size).toBe(2);
  for (const record of found) {
    const start = record['us'] === null ? 0 : Number(record['us']);
    const bucket = {
      from_us: Math.max(range.from_us, start),
      to_us: Math.min(range.to_us, record['us'] === null ? Infinity : start + query.bucket_us),
    };
    const mine = all
      .filter(({ ts }) => ts >= bucket.from_us && ts < bucket.to_us)
      .filter(({ ip_src }) =>
        record['shown'] === true ? record['key'] === `10.0.0.${ip_src}` : !names.has(`10.0.0.${ip_src}`),
      );
    expect(record).toMatchObject(closeTo(expectedMetrics(mine, bucket)));
  }
  const packets = found.filter(({ us }) => us === null).map((record) => Number(record['packets']));
  expect(packets.length).toBe(3);
  expect(packets[0]).toBeGreaterThanOrEqual(packets[1] ?? 0);
});

it('the names of metrics are as people write them', () => {
  expect(names).toEqual([
    'packets',
    'bytes',
    'drops',
    'bytes/s',
    'uniq(ip_src)',
    'min(dport)',
    'max(handle)',
    'avg(len)',
    'avg(dport)',
    'p90(dport)',
    'p50(packets/s)',
    'p95(drops/s)',
  ]);
});
