import { type Filter, toSql } from '#filter';
import { type Statement } from './engine.js';

/** A version of a table as the database and the API have it; times are RFC 3339 in UTC with microseconds. */
export interface RulesetJson {
  readonly version: string;
  readonly agent_id: string;
  readonly netns: string;
  readonly family: string;
  readonly table: string;
  readonly first_seen: string;
  /** null while it is in force. */
  readonly last_seen: string | null;
  /** The kernel's number of the ruleset that last brought it. */
  readonly generation: number;
  /** null where no text has come yet. */
  readonly rules: number | null;
  readonly bytes: number | null;
  /** Of a question for one time alone: from when on it was in force then, until when (null: it still is), and its text. */
  readonly since?: string;
  readonly until?: string | null;
  readonly text?: string | null;
}

/** A version's text, and where it was told. */
export interface RulesetTextJson {
  readonly version: string;
  readonly family: string;
  readonly table: string;
  readonly text: string;
  /** `{"chains":[…],"rules":[…],"sets":[…]}` */
  readonly json: string;
}

export interface RulesetQuery {
  /** On the columns `agent_id` and `netns` alone. */
  readonly where?: Filter | undefined;
  /** On `family` and `table` alone. */
  readonly tables?: Filter | undefined;
  /** On `table_version` alone. */
  readonly versions?: Filter | undefined;
  /** µs; versions that were in force after it. */
  readonly sinceUs?: number | undefined;
  /** µs; versions that were in force before it. */
  readonly untilUs?: number | undefined;
  /** µs; versions that were in force just then, with their texts. */
  readonly atUs?: number | undefined;
  readonly take: { readonly first: number } | { readonly last: number };
}

/**
 * Every time that a version was in force, with its end: the next change of its table, or the next `cleared` of its
 * namespace. Windows run backwards: so each row adds to what is known of those after it, and nothing is read twice.
 * @param kinds `all`: every change with the end of what it says
 */
export function intervalsSql(kinds: 'in_force' | 'all' = 'in_force', conditions = '1'): string {
  return `SELECT agent_id, netns, family, table, version, version AS table_version, generation, ts, run, seq,
    if(next_cleared IS NULL OR next < next_cleared, next, next_cleared) AS until
  FROM (
    SELECT *,
      lagInFrame(toNullable(ts)) OVER (
        PARTITION BY agent_id, netns, family, table ORDER BY ts DESC, seq DESC
        ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW) AS next,
      min(if(change = 'cleared', ts, NULL)) OVER (
        PARTITION BY agent_id, netns ORDER BY ts DESC, seq DESC
        ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING) AS next_cleared
    FROM (SELECT * FROM ruleset_changes WHERE ${conditions} LIMIT 1 BY agent_id, run, seq)
  )${kinds === 'all' ? '' : `\n  WHERE change = 'in_force'`}`;
}

const rfc3339 = (expression: string): string =>
  `formatDateTime(${expression}, '%Y-%m-%dT%H:%i:%S.%fZ', 'UTC')`;

const key = 'agent_id, netns, family, table, version';

/** What is known of a version over all times that it was in force. */
const known = `min(ts) AS first, if(countIf(until IS NULL) > 0, NULL, max(until)) AS last, argMax(generation, ts) AS newest`;

interface Times {
  readonly having: string;
  readonly params: Readonly<Record<string, string>>;
}

const micro = (name: string): string => `fromUnixTimestamp64Micro({${name}:Int64}, 'UTC')`;

/** @returns which of its times a version must have had */
function timesOf({ sinceUs, untilUs, atUs }: RulesetQuery): Times {
  const tests: string[] = [];
  const params: Record<string, string> = {};
  const add = (name: string, us: number | undefined, test: string): void => {
    if (us === undefined) return;
    tests.push(test);
    params[name] = String(us);
  };
  add('at', atUs, `ts <= ${micro('at')} AND (until IS NULL OR until > ${micro('at')})`);
  add('since', sinceUs, `(until IS NULL OR until > ${micro('since')})`);
  add('until', untilUs, `ts < ${micro('until')}`);
  return { having: tests.join(' AND ') || '1', params };
}

/**
 * @returns the statement for versions (RulesetJson): in the order in which they were first seen; of one time, in the
 * order of agents, namespaces and tables
 */
export function selectRulesets(query: RulesetQuery): Statement {
  const where = toSql(query.where, 'w');
  const tables = toSql(query.tables, 't');
  const versions = toSql(query.versions, 'v');
  const times = timesOf(query);
  const one = query.atUs !== undefined;
  const [order, limit] = 'first' in query.take ? ['ASC', query.take.first] : ['DESC', query.take.last];
  const text = one ? 'text' : "'' AS text";
  const time = one
    ? `, maxIf(ts, ${times.having}) AS begun, argMaxIf(until, ts, ${times.having}) AS ended`
    : '';
  const inOne = `, ${rfc3339('v.begun')} AS since, ${rfc3339('v.ended')} AS until, if(t.told = 0, NULL, t.text) AS text`;
  const chosen = `
  SELECT ${key}, ${known}${time}
  FROM (${intervalsSql('in_force', `(${where.sql}) AND (change = 'cleared' OR (${tables.sql}))`)})
  WHERE ${versions.sql}
  GROUP BY ${key}
  HAVING countIf(${times.having}) > 0
  ORDER BY first ${order}, agent_id ${order}, netns ${order}, family ${order}, table ${order}, version ${order}
  LIMIT {take:UInt64}`;
  const sql = `SELECT v.version AS version, v.agent_id AS agent_id, v.netns AS netns, v.family AS family, v.table AS table,
  ${rfc3339('v.first')} AS first_seen, ${rfc3339('v.last')} AS last_seen, v.newest AS generation,
  if(t.told = 0, NULL, t.rules) AS rules, if(t.told = 0, NULL, t.bytes) AS bytes${one ? inOne : ''}
FROM (${chosen}
) AS v
LEFT JOIN (
  SELECT ${key}, rules, bytes, ${text}, toUInt8(1) AS told
  FROM rulesets AS r WHERE version IN (SELECT version FROM (${chosen}))
  ORDER BY r.told DESC LIMIT 1 BY ${key}
) AS t USING (${key})
ORDER BY ${one ? '' : 'v.first, '}agent_id, netns, family, table, version
SETTINGS output_format_json_quote_64bit_integers = 0, output_format_json_escape_forward_slashes = 0`;
  const params = { ...where.params, ...tables.params, ...versions.params, ...times.params, take: limit };
  return { sql, params };
}

/**
 * @returns the statement for the text of a version (RulesetTextJson, one row or none). Where agents tell several texts
 * under one version, that whose hash it is goes before the others, then the newest
 */
export function selectRulesetText(version: string, where?: Filter): Statement {
  const { sql: agents, params } = toSql(where, 'w');
  const sql = `SELECT version, family, table, text, json
FROM rulesets
WHERE version = {version:String} AND (${agents})
ORDER BY startsWith(lower(hex(SHA256(text))), version) DESC, told DESC
LIMIT 1
SETTINGS output_format_json_escape_forward_slashes = 0`;
  return { sql, params: { ...params, version } };
}
