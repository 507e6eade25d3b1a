import { alertColumnList, shownColumns } from './alert-columns.js';
import { type Statement } from './engine.js';

/** What an alert must be like. */
export interface AlertMatcher {
  /** `rule`, `severity`, a label as `labels.team`, or a column of the group. */
  readonly field: string;
  /** Any of these; `*` stands for any characters. */
  readonly values: readonly string[];
  /** Whether it must be none of them. */
  readonly not: boolean;
}

/** An alert's place in the order in which alerts began. */
export interface AlertKey {
  /** µs */
  readonly startedUs: number;
  readonly id: string;
}

export interface AlertQuery {
  readonly states?: readonly string[] | undefined;
  readonly severities?: readonly string[] | undefined;
  readonly silenced?: boolean | undefined;
  readonly matchers?: readonly AlertMatcher[] | undefined;
  /** µs; alerts that were not over before. */
  readonly sinceUs?: number | undefined;
  /** µs; alerts that had begun before. */
  readonly untilUs?: number | undefined;
  /** Only those beyond this one: after it with `first`, before it with `last`. */
  readonly beyond?: AlertKey | undefined;
  readonly take: { readonly first: number } | { readonly last: number };
}

/** Values of a statement, each under a name of its own. */
class Params {
  readonly values: Record<string, string | number> = {};
  #count = 0;

  text(value: string): string {
    const name = `p${this.#count++}`;
    this.values[name] = value;
    return `{${name}:String}`;
  }

  time(us: number): string {
    const name = `p${this.#count++}`;
    this.values[name] = String(us);
    return `fromUnixTimestamp64Micro({${name}:Int64}, 'UTC')`;
  }
}

function subject(field: string, params: Params): { value: string; there: string } {
  if (field === 'rule' || field === 'severity') return { value: field, there: '1' };
  const [map, key] = field.startsWith('labels.') ? ['labels', field.slice(7)] : ['`group`', field];
  const name = params.text(key);
  return { value: `${map}[${name}]`, there: `mapContains(${map}, ${name})` };
}

const likePattern = (glob: string): string => glob.replace(/[\\%_]/g, '\\$&').replaceAll('*', '%');

function matcherSql({ field, values, not }: AlertMatcher, params: Params): string {
  const { value, there } = subject(field, params);
  const tests = values.map((one) =>
    one.includes('*') ? `${value} LIKE ${params.text(likePattern(one))}` : `${value} = ${params.text(one)}`,
  );
  const test = `(${there} AND (${tests.join(' OR ') || '0'}))`;
  return not ? `NOT ${test}` : test;
}

const oneOf = (column: string, values: readonly string[] | undefined, params: Params): string[] =>
  values && values.length > 0
    ? [`${column} IN (${values.map((value) => params.text(value)).join(', ')})`]
    : [];

function beyondSql({ startedUs, id }: AlertKey, forward: boolean, params: Params): string {
  return `(started_at, id) ${forward ? '>' : '<'} (${params.time(startedUs)}, ${params.text(id)})`;
}

const settings =
  'SETTINGS output_format_json_quote_64bit_integers = 0, output_format_json_escape_forward_slashes = 0';

/** @returns the statement for alerts (AlertJson), each in its newest state, in the order in which they began */
export function selectAlerts(query: AlertQuery): Statement {
  const { states, severities, silenced, matchers = [], sinceUs, untilUs, beyond, take } = query;
  const params = new Params();
  // What both states of an alert have in common is looked at first, the rest on the newest of them.
  const common = [
    ...oneOf('severity', severities, params),
    ...matchers.map((matcher) => matcherSql(matcher, params)),
    ...(untilUs === undefined ? [] : [`started_at < ${params.time(untilUs)}`]),
    ...(beyond === undefined ? [] : [beyondSql(beyond, 'first' in take, params)]),
  ];
  const newest = [
    ...oneOf('state', states, params),
    ...(silenced === undefined ? [] : [`silenced = ${silenced ? 'true' : 'false'}`]),
    ...(sinceUs === undefined ? [] : [`(resolved_at IS NULL OR resolved_at >= ${params.time(sinceUs)})`]),
  ];
  const [order, limit] = 'first' in take ? ['ASC', take.first] : ['DESC', take.last];
  const sql = `SELECT ${shownColumns('a')}
FROM (
  SELECT * FROM (
    SELECT ${alertColumnList} FROM alerts WHERE ${common.join(' AND ') || '1'}
    ORDER BY state DESC LIMIT 1 BY id
  )
  WHERE ${newest.join(' AND ') || '1'}
  ORDER BY started_at ${order}, id ${order}
  LIMIT {take:UInt64}
) AS a
ORDER BY a.started_at, a.id
${settings}`;
  return { sql, params: { ...params.values, take: limit } };
}

/** @returns the statement for what became of one alert (AlertJson): when it fired, and when it was resolved */
export function selectAlertHistory(id: string): Statement {
  const sql = `SELECT ${shownColumns('a')}
FROM (SELECT ${alertColumnList} FROM alerts WHERE id = {id:String} LIMIT 1 BY state) AS a
ORDER BY a.at, a.state
${settings}`;
  return { sql, params: { id } };
}
