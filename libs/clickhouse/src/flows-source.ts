import { columns, rollupColumns, type ColumnName } from '#columns';
import { divide, type RollupState, type Span } from './aggregate-range.js';
import { type Statement } from './engine.js';
import { timeSql } from './sql-values.js';

/** What a question needs of the table that answers it. */
export interface Needs {
  /** The columns that it groups by, measures or filters by. */
  readonly columns: ReadonlySet<ColumnName>;
  /** Whether it counts all hops: else only decisive rows, which are the packets. */
  readonly hops: boolean;
  /** Every time that it tells apart is a multiple of this, µs; 0 = it tells none apart. */
  readonly grain_us: number;
}

/** A table of counts by time, made from the decisive rows. */
export interface Rollup {
  readonly table: SourceName;
  /** How long its steps are. */
  readonly step_us: number;
  /** The columns by which it counts. */
  readonly columns: ReadonlySet<ColumnName>;
  /** @returns what reads columns of it, and `us`, `weight` and `size`: see sourceSql */
  readonly read: (columns: readonly ColumnName[], time: boolean, where: string) => string;
  /** @returns the statement for its steps from a first to a last that lack rows: `{ step }` */
  readonly stale: (first: number, last: number) => Statement;
}

/** The tables that answer; an answer says which. */
export const sourceNames = ['traces', 'flows_1m'] as const;
export type SourceName = (typeof sourceNames)[number];

const minute_us = 60e6;

/**
 * How `flows_1m` is read, here alone. All rows of a minute are written anew as a newer version, and a group that is gone
 * as one with 0 packets: FINAL keeps the newest. What is filtered by are columns of the sorting key, so a row's older
 * versions pass or fail the filter with it.
 */
function readFlows(names: readonly ColumnName[], time: boolean, where: string): string {
  const list = [...names.map((name) => `\`${name}\``), 'packets AS weight', 'bytes AS size'];
  if (time) list.unshift(`toInt64(toUnixTimestamp(minute)) * 1000000 AS us`);
  return `SELECT ${list.join(', ')} FROM flows_1m FINAL WHERE packets > 0 AND ${where}`;
}

/** Marks are there before the rows are (RollupMarks), so a minute without one has all of them in the rollup. */
const staleMinutes = (first: number, last: number): Statement => ({
  sql: `SELECT DISTINCT minute AS step FROM (
  SELECT minute FROM rollup_marks
  WHERE kind = 'mark' AND minute BETWEEN {first:UInt32} AND {last:UInt32}
  GROUP BY minute, run HAVING argMax(value, seq) = 1
) ORDER BY step`,
  params: { first: clampMinute(first), last: clampMinute(last) },
});

const clampMinute = (minute: number): number => Math.min(Math.max(minute, 0), 0xffff_ffff);

/** The rollups, the coarsest first: one more table of counts is one more entry. */
export const rollups: readonly Rollup[] = [
  {
    table: 'flows_1m',
    step_us: minute_us,
    columns: new Set<ColumnName>(rollupColumns.map(({ name }) => name)),
    read: readFlows,
    stale: staleMinutes,
  },
];

/** @returns the rollups that can answer, the coarsest first; none: `traces` answers alone */
export function rollupsFor({ columns: needed, hops, grain_us }: Needs): readonly Rollup[] {
  if (hops) return [];
  return rollups.filter(
    (rollup) => grain_us % rollup.step_us === 0 && [...needed].every((name) => rollup.columns.has(name)),
  );
}

/** Until when rows are kept, as the config says. */
export interface Kept {
  readonly now_us: number;
  readonly ttlDays: number;
  readonly flowsTtlDays: number;
}

/** Where a question is answered from: which spans of time from which table. */
export interface SourcePlan {
  /** The time that is answered for: bounds of which only a rollup has the time are rounded down to its steps. */
  readonly range: Span;
  readonly parts: readonly { readonly rollup: Rollup | undefined; readonly spans: readonly Span[] }[];
  /** The coarsest table that is read. */
  readonly source: SourceName;
}

const day_us = 86_400e6;

/** @returns the question's range with bounds that the tables still tell apart */
function tellable(range: Span, step_us: number, { now_us, ttlDays }: Kept): Span {
  const rowsSince = now_us - ttlDays * day_us;
  const bound = (us: number): number => {
    const step = Math.floor(us / step_us) * step_us;
    return step + step_us <= rowsSince ? step : us;
  };
  return { from_us: bound(range.from_us), to_us: bound(range.to_us) };
}

/**
 * @param stale of each rollup the steps that lack rows, read before the question is asked: a step that was complete then
 * is complete in each later version of it too
 */
export function planSource(
  range: Span,
  chosen: readonly Rollup[],
  stale: ReadonlyMap<Rollup, readonly number[]>,
  kept: Kept,
): SourcePlan {
  const finest = chosen.at(-1);
  if (!finest) return { range, parts: [{ rollup: undefined, spans: [range] }], source: 'traces' };
  const asked = tellable(range, finest.step_us, kept);
  const parts: { rollup: Rollup | undefined; spans: readonly Span[] }[] = [];
  let rest: readonly Span[] = [asked];
  for (const rollup of chosen) {
    const state = stateOf(rollup, stale.get(rollup) ?? [], kept);
    const divided = rest.map((span) => divide(span, state));
    parts.push({ rollup, spans: divided.flatMap(({ whole }) => whole) });
    rest = divided.flatMap((parts) => parts.rest);
  }
  parts.push({ rollup: undefined, spans: rest });
  const used = parts.filter(({ spans }) => spans.length > 0);
  const source = used.find(({ rollup }) => rollup)?.rollup?.table;
  return { range: asked, parts: used, source: source ?? 'traces' };
}

/** Steps whose rows are gone are as they were computed last; where the rollup goes before the rows do, these answer. */
function stateOf(
  { step_us }: Rollup,
  stale: readonly number[],
  { now_us, ttlDays, flowsTtlDays }: Kept,
): RollupState {
  const rowsSince = now_us - ttlDays * day_us;
  return {
    step_us,
    stale: stale.filter((step) => (step + 1) * step_us > rowsSince),
    since_us: flowsTtlDays >= ttlDays ? 0 : now_us - flowsTtlDays * day_us,
  };
}

const spansSql = (spans: readonly Span[], column: string, literal: (us: number) => string): string => {
  const tests = spans.map(
    (span) => `${column} >= ${literal(span.from_us)} AND ${column} < ${literal(span.to_us)}`,
  );
  return tests.length === 1 ? (tests[0] ?? '') : `(${tests.map((test) => `(${test})`).join(' OR ')})`;
};

/** DateTime ends in 2106, before which all rows are. */
const secondsSql = (us: number): string =>
  `toDateTime(${Math.min(Math.floor(us / 1e6), 0xffff_ffff)}, 'UTC')`;

/** What an agent that does not sample, or that is too old to know of it, stands for. */
const weight = 'toUInt64(greatest(sampling, 1))';

/** Rows of `traces`. With hops the weight is 0 where a row is not the decisive one, and `hop_weight` that of each. */
function readTraces(names: readonly ColumnName[], time: boolean, hops: boolean, where: string): string {
  const list = names.map((name) => `\`${name}\``);
  if (time) list.unshift('toUnixTimestamp64Micro(ts) AS us');
  const packet = hops ? `if(decisive, ${weight}, toUInt64(0))` : weight;
  list.push(`${packet} AS weight`, `${packet} * len AS size`);
  if (hops) list.push(`${weight} AS hop_weight`);
  return `SELECT ${list.join(', ')} FROM traces WHERE ${hops ? '' : 'decisive AND '}${where}`;
}

export interface SourceQuery {
  /** The columns whose values are needed, beside those of the filter. */
  readonly columns: ReadonlySet<ColumnName>;
  /** Whether the time is needed, as `us`. */
  readonly time: boolean;
  readonly hops: boolean;
  /** A condition on columns that every table of the plan has. */
  readonly where: string;
}

/**
 * @returns a subquery with the columns, `us` (Int64, of a rollup the start of its step), `weight` (packets, UInt64) and
 * `size` (bytes, UInt64); with hops also `hop_weight`
 */
export function sourceSql(
  { parts }: SourcePlan,
  { columns: needed, time, hops, where }: SourceQuery,
): string {
  const names = columns.map(({ name }) => name).filter((name) => needed.has(name));
  const selects = parts.map(({ rollup, spans }) => {
    if (!rollup) return readTraces(names, time, hops, `${spansSql(spans, 'ts', timeSql)} AND (${where})`);
    return rollup.read(names, time, `${spansSql(spans, 'minute', secondsSql)} AND (${where})`);
  });
  if (selects.length === 0) return readTraces(names, time, hops, 'false');
  return selects.join('\n    UNION ALL\n    ');
}

/** What a plan is made of. */
export interface PlanOptions {
  readonly kept: Kept;
  /** Reads a small result. */
  readonly read: <T>(statement: Statement) => Promise<readonly T[]>;
}

/**
 * @returns where a question is answered from. It asks the database which steps lack rows, before the question itself is
 * asked: were it asked together with it, a step could be computed in between and be in neither half.
 */
export async function planFor(needs: Needs, range: Span, { kept, read }: PlanOptions): Promise<SourcePlan> {
  const chosen = rollupsFor(needs);
  const stale = new Map<Rollup, readonly number[]>();
  for (const rollup of chosen) {
    const first = Math.floor(range.from_us / rollup.step_us);
    const last = Math.floor(range.to_us / rollup.step_us);
    const steps = await read<{ step: number }>(rollup.stale(first, last));
    stale.set(
      rollup,
      steps.map(({ step }) => step),
    );
  }
  return planSource(range, chosen, stale, kept);
}
