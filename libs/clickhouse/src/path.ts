import { findColumn } from '#columns';
import { and, compare, equal, toSql, type Filter } from '#filter';
import { columnList } from './columns.js';
import { type Statement } from './engine.js';
import { jsonSql, storedColumns, storedSettings } from './select.js';
import { JSON_SETTINGS } from './aggregate-query.js';

/** Where packets are looked for, µs; an end that is absent is open. */
export interface PathRange {
  readonly sinceUs?: number | undefined;
  readonly untilUs?: number | undefined;
}

/** `hop` has 16 bits; a way as long as that is a loop, of which the beginning tells. */
export const maxHops = 10_000;

const within = ({ sinceUs, untilUs }: PathRange): Filter[] => [
  ...(sinceUs === undefined ? [] : [compare('ts', '>=', sinceUs)]),
  ...(untilUs === undefined ? [] : [compare('ts', '<', untilUs)]),
];

/** @returns the statement for a packet's rows in the order of its hops, in the form of the API */
export function selectPath(id: bigint, range: PathRange): Statement {
  const { sql: where, params } = toSql(and([equal('packet_id', id), ...within(range)]));
  const sql = `SELECT ${columnList}
FROM traces
WHERE ${where}
ORDER BY hop, ts
LIMIT {limit:UInt64}
SETTINGS ${storedSettings}`;
  return { sql, params: { ...params, limit: maxHops }, stored: storedColumns };
}

/** The greatest packet id. */
const MAX_ID = 2n ** 64n - 1n;

/** @returns the spans of numbers whose decimal text begins with these digits, first and last */
export function idsBeginning(digits: string): { first: bigint; last: bigint }[] {
  const spans = [];
  for (let first = BigInt(digits), width = 1n; first <= MAX_ID; first *= 10n, width *= 10n) {
    const last = first + width - 1n;
    spans.push({ first, last: last < MAX_ID ? last : MAX_ID });
    if (first === 0n) break;
  }
  return spans;
}

/** A packet among those whose id begins alike. */
export interface PacketCandidate {
  readonly packet_id: string;
  /** When its first row was received. */
  readonly ts: string;
  readonly agent_id: string;
  readonly ip_src: string;
  readonly ip_dst: string;
}

/** @returns the statement for packets whose id begins with these digits (PacketCandidate), the newest first */
export function selectPacketIds(digits: string, range: PathRange, limit: number): Statement {
  const begins = idsBeginning(digits).map(({ first, last }): Filter => {
    return { op: 'test', column: 'packet_id', operator: 'in range', value: { from: first, to: last } };
  });
  const { sql: where, params } = toSql(and([{ op: 'or', of: begins }, ...within(range)]));
  const shown = (['packet_id', 'ts', 'agent_id', 'ip_src', 'ip_dst'] as const).map((name) => {
    const column = findColumn(name);
    return `${column ? jsonSql(column, `p.${name}`) : name} AS ${name}`;
  });
  const sql = `SELECT ${shown.join(', ')}
FROM (
  SELECT packet_id, min(t.ts) AS ts, any(t.agent_id) AS agent_id, any(t.ip_src) AS ip_src, any(t.ip_dst) AS ip_dst
  FROM (SELECT packet_id, ts, agent_id, ip_src, ip_dst FROM traces WHERE ${where}) AS t
  GROUP BY packet_id
) AS p
ORDER BY p.ts DESC, p.packet_id
LIMIT {limit:UInt64}
${JSON_SETTINGS}`;
  return { sql, params: { ...params, limit } };
}
