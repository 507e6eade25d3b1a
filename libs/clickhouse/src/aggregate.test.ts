import { describe, expect, it } from 'vitest';
import { filterFromParameters } from '#filter';
import { agentsFound, agentsFoundNeeds, agentsOfDays, withoutDays } from './agents-found.js';
import { aggregateNeeds, selectAggregate, type AggregateQuery } from './aggregate.js';
import { type Metric } from './aggregate-metrics.js';
import { planSource, rollupsFor, type SourcePlan } from './flows-source.js';
import { type Statement } from './engine.js';
import { hintNeeds, selectHints } from './hints.js';
import { idsBeginning, selectPacketIds, selectPath } from './path.js';
import { selectSeries, seriesNeeds } from './series.js';
import { type Needs } from './flows-source.js';

const day_us = 86_400e6;
/** 2026-11-21T10:00:30Z */
const from_us = 1_795_255_230_000_000;
const range = { from_us, to_us: from_us + 3600e6 };
const kept = { now_us: from_us + 7200e6, ttlDays: 7, flowsTtlDays: 90 };
const packets: Metric = { kind: 'count', of: 'packets' };
const bytes: Metric = { kind: 'count', of: 'bytes' };
const drops: Metric = { kind: 'count', of: 'drops' };
const where = filterFromParameters({ 'ip-src': '10.0.0.0/8', dport: ['443', '8443'], iif: '!lo' });

const base: AggregateQuery = {
  by: ['ip_src', 'dport'],
  select: [packets, bytes, drops],
  having: [],
  sort: [{ by: { metric: packets }, descending: true }],
  limit: 10,
  others: false,
  bucket_us: 0,
  step_us: 60e6,
};

/** A plan in which one minute, in the middle, is not computed yet. */
function planOf(needs: Needs): SourcePlan {
  const chosen = rollupsFor(needs);
  const stale = new Map(chosen.map((rollup) => [rollup, [Math.floor(from_us / 60e6) + 20]]));
  return planSource(range, chosen, stale, kept);
}

const text = ({ sql, params }: Statement): string => `${sql}\n-- ${JSON.stringify(params)}\n`;
const ofAggregate = (more: Partial<AggregateQuery>): string => {
  const query = { ...base, ...more };
  return text(selectAggregate(query, planOf(aggregateNeeds(query))));
};

describe('generated SQL', () => {
  it('is as in golden/agents-found.sql for who has packets, counted by minute where that is done', async () => {
    const sql = text(agentsFound(planOf(agentsFoundNeeds)));
    await expect(sql).toMatchFileSnapshot('../golden/agents-found.sql');
  });

  it('of who has packets leaves out days that are known', () => {
    const day = Math.floor(from_us / day_us);
    expect(withoutDays(planOf(agentsFoundNeeds), [day]).parts).toEqual([]);
    const plan = planSource(
      { from_us: (day - 1.5) * day_us, to_us: (day + 2) * day_us },
      [],
      new Map(),
      kept,
    );
    expect(withoutDays(plan, [day, day - 1, day + 5]).parts).toEqual([
      {
        rollup: undefined,
        spans: [
          { from_us: (day - 1.5) * day_us, to_us: (day - 1) * day_us },
          { from_us: (day + 1) * day_us, to_us: (day + 2) * day_us },
        ],
      },
    ]);
  });

  it('of who has packets is added up by agent', () => {
    const of = (agent_id: string, day: number, packets: number) => ({
      agent_id,
      day,
      packets,
      first: `${day}a`,
      last: `${day}b`,
    });
    expect(agentsOfDays([of('a', 5, 1), of('b', 6, 4), of('a', 4, 2)])).toEqual([
      { agent_id: 'b', packets: 4, first: '6a', last: '6b' },
      { agent_id: 'a', packets: 3, first: '4a', last: '5b' },
    ]);
  });

  it('is as in golden/aggregate.sql for top talkers', async () => {
    await expect(ofAggregate({ filter: where })).toMatchFileSnapshot('../golden/aggregate.sql');
  });

  it('is as in golden/aggregate-others.sql with a remainder, having and metrics of rows', async () => {
    const more: Partial<AggregateQuery> = {
      by: ['time', 'sg_src'],
      select: [
        { kind: 'column', fn: 'uniq', column: 'ip_dst' },
        { kind: 'column', fn: 'min', column: 'handle' },
        { kind: 'column', fn: 'avg', column: 'ttl' },
        { kind: 'quantile', level: 95, column: 'len' },
        { kind: 'rate', of: 'bytes' },
        { kind: 'count', of: 'hops' },
      ],
      having: [
        { metric: drops, operator: '>=', value: '10' },
        { metric: { kind: 'rate', of: 'packets' }, operator: '<', value: '2.5' },
      ],
      bucket_us: 300e6,
      others: true,
      filter: where,
    };
    await expect(ofAggregate(more)).toMatchFileSnapshot('../golden/aggregate-others.sql');
  });

  it('is as in golden/aggregate-rates.sql for quantiles of rates, of all', async () => {
    const select: Metric[] = [{ kind: 'rate-quantile', level: 99, of: 'drops' }];
    const more = { by: [], select, sort: [] };
    await expect(ofAggregate(more)).toMatchFileSnapshot('../golden/aggregate-rates.sql');
  });

  it.each([
    ['series', { by: 'fate' as const, limit: 10 }],
    ['series-top', { by: 'ip_src' as const, limit: 5, filter: where }],
    ['series-all', { limit: 10 }],
  ])('is as in golden/%s.sql', async (file, more) => {
    const query = { select: [packets, bytes], bucket_us: 60e6, step_us: 60e6, ...more };
    const statement = selectSeries(query, planOf(seriesNeeds(query)));
    await expect(text(statement)).toMatchFileSnapshot(`../golden/${file}.sql`);
  });

  it.each([
    ['hints', { column: 'ip_src' as const, prefix: '10.' }],
    ['hints-list', { column: 'sg_src' as const, prefix: '', filter: where }],
    ['hints-rows', { column: 'tcp_flags' as const, prefix: "s'{p0:String}" }],
  ])('is as in golden/%s.sql', async (file, more) => {
    const query = { limit: 20, ...more };
    const statement = selectHints(query, planOf(hintNeeds(query)));
    await expect(text(statement)).toMatchFileSnapshot(`../golden/${file}.sql`);
  });

  it('is as in golden/path.sql and golden/packet-ids.sql', async () => {
    const span = { sinceUs: range.from_us, untilUs: range.to_us };
    await expect(text(selectPath(2n ** 64n - 1n, span))).toMatchFileSnapshot('../golden/path.sql');
    await expect(text(selectPacketIds('18446', {}, 11))).toMatchFileSnapshot('../golden/packet-ids.sql');
  });
});

describe('planSource', () => {
  const minute = Math.floor(from_us / 60e6);
  const needs = { columns: new Set(['fate'] as const), hops: false, grain_us: 0 };
  const plan = (stale: readonly number[], more: Partial<typeof kept> = {}, span = range): SourcePlan => {
    const chosen = rollupsFor(needs);
    return planSource(span, chosen, new Map(chosen.map((rollup) => [rollup, stale])), { ...kept, ...more });
  };
  /** Bounds as minutes from the range's first one. */
  const spans = ({ parts }: SourcePlan): unknown =>
    parts.map(({ rollup, spans }) => [
      rollup?.table ?? 'traces',
      ...spans.map(({ from_us, to_us }) => `${from_us / 60e6 - minute}-${to_us / 60e6 - minute}`),
    ]);

  it('reads whole minutes from the rollup and the ends from the rows', () => {
    expect(spans(plan([]))).toEqual([
      ['flows_1m', '1-60'],
      ['traces', '0.5-1', '60-60.5'],
    ]);
  });

  it('reads minutes that are not computed from the rows', () => {
    expect(spans(plan([minute + 59, minute + 60, minute + 10, minute + 2, minute]))).toEqual([
      ['flows_1m', '1-2', '3-10', '11-59'],
      ['traces', '0.5-1', '2-3', '10-11', '59-60.5'],
    ]);
  });

  it('reads all from the rows where nothing is computed, or the time is shorter than a minute', () => {
    const all = Array.from({ length: 61 }, (_, i) => minute + i);
    expect(spans(plan(all))).toEqual([['traces', '0.5-60.5']]);
    const short = { from_us, to_us: from_us + 50e6 };
    expect(plan([], {}, short)).toMatchObject({ source: 'traces', range: short });
  });

  it('rounds ends whose rows are gone down to the minute, and takes what was computed of them', () => {
    const late = { now_us: from_us + 7 * day_us + 1800e6 };
    const rounded = plan([minute + 5, minute + 59], late);
    expect(spans(rounded)).toEqual([
      ['flows_1m', '0-59'],
      ['traces', '59-60.5'],
    ]);
    expect(rounded.range.from_us).toBe(minute * 60e6);
  });

  it('reads rows where these are kept for longer than the rollup', () => {
    const late = { now_us: from_us + 3 * day_us + 1800e6, ttlDays: 30, flowsTtlDays: 3 };
    expect(spans(plan([], late))).toEqual([
      ['flows_1m', '31-60'],
      ['traces', '0.5-31', '60-60.5'],
    ]);
  });

  it('has few spans whatever is not computed', () => {
    const day = { from_us: 0, to_us: 100_000 * 60e6 };
    const odd = Array.from({ length: 50_000 }, (_, i) => 2 * i);
    const chosen = rollupsFor(needs);
    const { parts } = planSource(day, chosen, new Map(chosen.map((r) => [r, odd])), { ...kept, now_us: 0 });
    expect(parts.flatMap((part) => part.spans).length).toBeLessThan(210);
    const covered = parts
      .flatMap((part) => part.spans)
      .reduce((sum, { from_us, to_us }) => sum + to_us - from_us, 0);
    expect(covered).toBe(day.to_us);
  });

  it('takes the rollup only where it has what is asked for', () => {
    const names = (more: Partial<Needs>): string[] =>
      rollupsFor({ ...needs, ...more }).map(({ table }) => table);
    expect(names({})).toEqual(['flows_1m']);
    expect(names({ columns: new Set(['fate', 'sport'] as const) })).toEqual([]);
    expect(names({ hops: true })).toEqual([]);
    expect(names({ grain_us: 60e6 })).toEqual(['flows_1m']);
    expect(names({ grain_us: 90e6 })).toEqual([]);
    expect(names({ grain_us: 1e6 })).toEqual([]);
  });
});

describe('idsBeginning', () => {
  it('has the numbers whose text begins with the digits', () => {
    const has = (digits: string, id: bigint): boolean =>
      idsBeginning(digits).some(({ first, last }) => id >= first && id <= last);
    for (const id of [0n, 1n, 12n, 184n, 1844674n, 9_999_999n, 2n ** 63n, 2n ** 64n - 1n])
      for (const digits of ['0', '1', '18', '184', '1844', '9', '99', '922', String(2n ** 64n - 1n)])
        expect([digits, id, has(digits, id)]).toEqual([digits, id, String(id).startsWith(digits)]);
  });
});
