import { formatTimestamp, type ColumnName } from '#columns';
import {
  aggregateNeeds,
  hintNeeds,
  planFor,
  selectAggregate,
  selectHints,
  selectPath,
  selectRows,
  selectSeries,
  seriesNeeds,
  type Metric,
  type Needs,
  type SourcePlan,
  type Span,
  type Statement,
  type Store,
} from '#clickhouse';
import { filterFromParameters } from '#filter';
import { type Samples } from './samples.js';

/** A question of the benchmark: as a request of the API, and as what the store is asked for it. */
export interface Question {
  readonly name: string;
  /** 95 of 100 answers are to come within this. */
  readonly aim_ms: number;
  /** @returns path and query of the n-th time */
  readonly path: (n: number) => string;
  /** @returns the statement of the n-th time; what must be known before it is asked of the store as well */
  readonly statement: (n: number, store: Store) => Statement | Promise<Statement>;
}

const DAY_US = 86_400e6;
const MINUTE_US = 60e6;
const packets: Metric = { kind: 'count', of: 'packets' };
const bytes: Metric = { kind: 'count', of: 'bytes' };
/** Columns that hints are asked for, in turn. */
const hinted: readonly ColumnName[] = ['ip_src', 'dport', 'rule', 'agent_id', 'sg_src', 'ip_dst'];

/** @param until_us the time that the rows end at */
export function questions(samples: Samples, until_us: number): Question[] {
  const { ports, addresses } = samples;
  const mixed = mix([ports.frequent, ports.rare, ports.absent]);
  return [
    lastRows('last 100 packets of a port', (n) => ({ dport: at(mixed, n) })),
    ...(['frequent', 'rare', 'neverDropped'] as const).map((kind) =>
      lastRows(`last 100 drops of an address: ${titles[kind]}`, (n) => ({
        'ip-src': at(addresses[kind], n),
        fate: 'dropped,rejected',
      })),
    ),
    {
      name: 'path of a packet by its id',
      aim_ms: 60,
      path: (n) => `/api/v1/packets/${at(samples.packets, n)}`,
      statement: (n) => selectPath(BigInt(at(samples.packets, n)), {}),
    },
    topTalkers(until_us),
    seriesByFate(until_us),
    hints(until_us),
  ];
}

const titles = { frequent: 'frequent', rare: 'rare', neverDropped: 'never dropped' } as const;

const at = (values: readonly string[], n: number): string => values[n % values.length] ?? '0';

/** @returns the first of each list, the second of each, … */
const mix = (lists: readonly (readonly string[])[]): string[] =>
  (lists[0] ?? []).flatMap((_, i) => lists.flatMap((list) => list[i] ?? []));

function lastRows(name: string, parameters: (n: number) => Record<string, string>): Question {
  return {
    name,
    aim_ms: 60,
    path: (n) => `/api/v1/packets?${new URLSearchParams({ ...parameters(n), last: '100' }).toString()}`,
    statement: (n) =>
      selectRows({ decisive: true, filter: filterFromParameters(parameters(n)), take: { last: 100 } }),
  };
}

/** A range that ends some minutes earlier each time. */
const rangeOf = (until_us: number, days: number, n: number): { from_us: number; to_us: number } => {
  const to_us = until_us - n * MINUTE_US - 17e6;
  return { from_us: to_us - days * DAY_US, to_us };
};

const rangeQuery = ({ from_us, to_us }: { from_us: number; to_us: number }): string =>
  `since=${formatTimestamp(from_us)}&until=${formatTimestamp(to_us)}`;

function topTalkers(until_us: number): Question {
  const query = {
    by: ['ip_src'],
    bucket_us: 0,
    step_us: 0,
    select: [packets, bytes],
    having: [],
    sort: [{ by: { metric: packets }, descending: true }],
    limit: 10,
    others: false,
  } as const;
  return {
    name: 'top 10 talkers of 24 h',
    aim_ms: 150,
    path: (n) =>
      `/api/v1/aggregate?by=ip_src&select=packets,bytes&sort=-packets&limit=10&${rangeQuery(rangeOf(until_us, 1, n))}`,
    statement: async (n, store) =>
      selectAggregate(query, await planOf(aggregateNeeds(query), rangeOf(until_us, 1, n), store)),
  };
}

function seriesByFate(until_us: number): Question {
  const query = { by: 'fate', select: [packets], bucket_us: 3600e6, step_us: 0, limit: 10 } as const;
  return {
    name: 'series of 7 days by fate',
    aim_ms: 150,
    path: (n) => `/api/v1/series?by=fate&bucket=1h&select=packets&${rangeQuery(rangeOf(until_us, 7, n))}`,
    statement: async (n, store) =>
      selectSeries(query, await planOf(seriesNeeds(query), rangeOf(until_us, 7, n), store)),
  };
}

function hints(until_us: number): Question {
  const queryOf = (n: number) =>
    ({ column: hinted[n % hinted.length] ?? 'ip_src', prefix: '', limit: 20 }) as const;
  return {
    name: 'hints: values of a column in 24 h',
    aim_ms: 100,
    path: (n) => `/api/v1/hints?field=${queryOf(n).column}&limit=20&${rangeQuery(rangeOf(until_us, 1, n))}`,
    statement: async (n, store) =>
      selectHints(queryOf(n), await planOf(hintNeeds(queryOf(n)), rangeOf(until_us, 1, n), store)),
  };
}

/** @returns path and query of all hops of a time */
export const exportPath = (span: Span, format: string): string =>
  `/api/v1/traces?all=true&format=${format}&${rangeQuery(span)}`;

/** As the hub does it: what the rollup lacks is asked first. */
const planOf = (needs: Needs, range: { from_us: number; to_us: number }, store: Store): Promise<SourcePlan> =>
  planFor(needs, range, {
    kept: { now_us: Date.now() * 1000, ttlDays: 7, flowsTtlDays: 90 },
    read: async <T>(statement: Statement) => rowsOf<T>((await store.queryWhole(statement)).bytes),
  });

/** @returns the rows of NDJSON */
export const rowsOf = <T>(ndjson: Uint8Array): T[] =>
  Buffer.from(ndjson)
    .toString()
    .split('\n')
    .filter(Boolean)
    .map((line) => JSON.parse(line) as T);
