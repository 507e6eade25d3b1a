import { type Filter } from '#filter';
import {
  isHops,
  metricJson,
  metricName,
  metricSql,
  type Metric,
  type MetricContext,
} from './aggregate-metrics.js';
import {
  distinctMetrics,
  keyedRows,
  keyJson,
  keyNames,
  needsOf,
  type GroupKey,
  type GroupQuery,
  settingsOf,
} from './aggregate-query.js';
import { type Statement } from './engine.js';
import { type Needs, type SourcePlan } from './flows-source.js';

export interface Having {
  readonly metric: Metric;
  readonly operator: '==' | '!=' | '<' | '<=' | '>' | '>=';
  /** A decimal number. */
  readonly value: string;
}

export interface SortKey {
  readonly by: { readonly metric: Metric } | { readonly key: GroupKey };
  readonly descending: boolean;
}

export interface AggregateQuery extends GroupQuery {
  /** One at least, each of them once. */
  readonly select: readonly Metric[];
  /** All must hold. */
  readonly having: readonly Having[];
  readonly sort: readonly SortKey[];
  /** How many groups. */
  readonly limit: number;
  /** Whether what is in no group that is shown is wanted as one row; needs a key. */
  readonly others: boolean;
  readonly filter?: Filter | undefined;
}

/** What a row of the result is. */
export const rowKinds = { total: 0, group: 1, others: 2 } as const;

/** A row as it comes: `row_kind`, the value of each key, and of each metric by its name. */
export type AggregateRecord = Record<string, string | number | boolean | null>;

/** The selected metrics, then those that only `having` and `sort` look at. */
function metricsOf({ select, having, sort }: AggregateQuery): Metric[] {
  const sorted = sort.flatMap(({ by }) => ('metric' in by ? [by.metric] : []));
  return distinctMetrics([...select, ...having.map(({ metric }) => metric), ...sorted]);
}

/** @returns what the question needs of the table that answers it */
export const aggregateNeeds = (query: AggregateQuery): Needs => needsOf(query, metricsOf(query));

/** The pieces that a question's statements are made of. */
interface Pieces {
  readonly query: AggregateQuery;
  /** What reads the rows. */
  readonly rows: string;
  /** The metrics as a list, where rows that `whole` holds for are not of one bucket of time. */
  readonly metrics: (whole: string) => string;
  readonly having: string;
  readonly order: (prefix?: string) => string;
}

function metricList(
  metrics: readonly Metric[],
  query: AggregateQuery,
  plan: SourcePlan,
  whole: string,
): string {
  const { from_us, to_us } = plan.range;
  const time = query.by.indexOf('time');
  const bounds =
    time < 0
      ? { from: String(from_us), to: String(to_us) }
      : {
          from: `if(${whole}, ${from_us}, greatest(g${time}, ${from_us}))`,
          to: `if(${whole}, ${to_us}, least(g${time} + ${query.bucket_us}, ${to_us}))`,
        };
  const context: MetricContext = { hops: metrics.some(isHops), step_us: query.step_us, ...bounds };
  return metrics.map((metric, i) => `${metricSql(metric, context)} AS m${i}`).join(', ');
}

/** A number that a metric is compared with, as a placeholder. */
const havingType = (value: string): string => (/^\d+$/.test(value) ? 'UInt64' : 'Float64');

function piecesOf(query: AggregateQuery, plan: SourcePlan, rows: string): Pieces {
  const all = metricsOf(query);
  const alias = (metric: Metric): string => `m${all.findIndex((m) => metricName(m) === metricName(metric))}`;
  const having = query.having.map(
    ({ metric, operator, value }, i) =>
      `${alias(metric)} ${operator === '==' ? '=' : operator} {h${i}:${havingType(value)}}`,
  );
  const order = (prefix = ''): string => {
    const asked = query.sort.map(({ by, descending }) => {
      const name = 'metric' in by ? alias(by.metric) : `g${query.by.indexOf(by.key)}`;
      return `${prefix}${name}${descending ? ' DESC' : ''}`;
    });
    // What is equal so far comes in the order of its keys: the same answer each time.
    return [...asked, ...keyNames(query.by, `${prefix}g`)].join(', ');
  };
  const metrics = (whole: string): string => metricList(all, query, plan, whole);
  return { query, rows, metrics, having: having.join(' AND '), order };
}

const groups = ({ query }: Pieces): string => query.by.map((_, i) => `k${i} AS g${i}`).join(', ');

/** Groups and their total in one pass; of the groups as many as asked for, and one more to tell that there are more. */
function groupsAndTotal(pieces: Pieces): string {
  const keys = keyNames(pieces.query.by).join(', ');
  const total = 'grouping(g0) = 1';
  return `SELECT ${groups(pieces)}, ${pieces.metrics(total)},
    if(${total}, ${rowKinds.total}, ${rowKinds.group}) AS row_kind
  FROM (${pieces.rows})
  GROUP BY GROUPING SETS ((${keys}), ())${pieces.having ? `\n  HAVING ${total} OR (${pieces.having})` : ''}
  ORDER BY row_kind, ${pieces.order()}
  LIMIT {limit:UInt64} + 2`;
}

/** The keys of the groups that are shown. */
const shownGroups = (pieces: Pieces): string => `SELECT ${keyNames(pieces.query.by).join(', ')} FROM (
    SELECT ${groups(pieces)}, ${pieces.metrics('false')}
    FROM (${pieces.rows})
    GROUP BY ${keyNames(pieces.query.by).join(', ')}${pieces.having ? `\n    HAVING ${pieces.having}` : ''}
    ORDER BY ${pieces.order()}
    LIMIT {limit:UInt64}
  )`;

/**
 * The groups that are shown, all else as one group, and the total. Which are shown is found first, then all is counted
 * from the rows: so each metric is right of what is left too, not only those that can be subtracted.
 */
function groupsAndOthers(pieces: Pieces): string {
  const { by } = pieces.query;
  const total = 'grouping(shown) = 1';
  const keys = by.map((_, i) => `if(shown, k${i}, defaultValueOfArgumentType(k${i})) AS g${i}`);
  const tuple = keyNames(by, 'k').join(', ');
  return `SELECT ${keys.join(', ')}, ${pieces.metrics(`${total} OR NOT shown`)},
    multiIf(${total}, ${rowKinds.total}, shown, ${rowKinds.group}, ${rowKinds.others}) AS row_kind
  FROM (SELECT *, (${tuple}) IN (${shownGroups(pieces)}) AS shown FROM (${pieces.rows}))
  GROUP BY GROUPING SETS ((shown, ${keyNames(by).join(', ')}), ())
  ORDER BY row_kind, ${pieces.order()}`;
}

const oneRow = (pieces: Pieces): string =>
  `SELECT ${pieces.metrics('true')}, ${rowKinds.group} AS row_kind FROM (${pieces.rows})`;

/**
 * @returns the statement for groups of packets (AggregateRecord): a total of all that the filter takes, then the groups
 * in their order, one more than `limit` where there are more; with `others` what is in no group shown instead of that
 * one. Without keys one group.
 */
export function selectAggregate(query: AggregateQuery, plan: SourcePlan): Statement {
  const { sql: rows, params } = keyedRows(query, metricsOf(query), plan);
  const pieces = piecesOf(query, plan, rows);
  const shape = query.by.length === 0 ? oneRow : query.others ? groupsAndOthers : groupsAndTotal;
  const list = [
    ...query.by.map((key, i) => `${keyJson(key, `r.g${i}`)} AS \`${key}\``),
    ...query.select.map((metric, i) => `${metricJson(metric, `r.m${i}`)} AS \`${metricName(metric)}\``),
  ];
  const sql = `SELECT r.row_kind AS row_kind, ${list.join(', ')}
FROM (
  ${shape(pieces)}
) AS r
ORDER BY ${['r.row_kind', pieces.order('r.')].filter(Boolean).join(', ')}
${settingsOf(plan)}`;
  const values = Object.fromEntries(query.having.map(({ value }, i) => [`h${i}`, value]));
  return { sql, params: { ...params, ...values, ...(query.by.length > 0 && { limit: query.limit }) } };
}
