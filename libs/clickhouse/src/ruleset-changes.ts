import { and, compare, toSql } from '#filter';
import { type Statement } from './engine.js';

/** Which version of a table was in force from when on, as it comes. */
export interface RulesetChangeRecord {
  /** µs */
  readonly at: number;
  readonly agent_id: string;
  readonly netns: string;
  readonly family: string;
  readonly table: string;
  /** '' = none: it is gone */
  readonly version: string;
}

const settings = 'SETTINGS output_format_json_quote_64bit_integers = 0';
const known = `change IN ('in_force', 'gone')`;
const shown = 'agent_id, netns, family, `table`';

/** @returns the statement for changes of rulesets (RulesetChangeRecord), in the order of time, the first so many */
export function selectRulesetChanges(sinceUs: number, untilUs: number, first: number): Statement {
  const where = toSql(and([compare('ts', '>=', sinceUs), compare('ts', '<', untilUs)]));
  const sql = `SELECT toUnixTimestamp64Micro(ts) AS at, ${shown}, version
FROM (SELECT * FROM ruleset_changes WHERE ${where.sql} LIMIT 1 BY agent_id, run, seq)
WHERE ${known}
ORDER BY ts, agent_id, run, seq
LIMIT {first:UInt64}
${settings}`;
  return { sql, params: { ...where.params, first } };
}

/** @returns the statement for the newest change of each table before a time (RulesetChangeRecord) */
export function selectRulesetsBefore(untilUs: number, first: number): Statement {
  const where = toSql(compare('ts', '<', untilUs));
  const sql = `SELECT toUnixTimestamp64Micro(max(ts)) AS at, ${shown}, argMax(version, (ts, seq)) AS version
FROM ruleset_changes
WHERE ${where.sql} AND ${known}
GROUP BY ${shown}
LIMIT {first:UInt64}
${settings}`;
  return { sql, params: { ...where.params, first } };
}
