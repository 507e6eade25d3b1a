import { JSON_SETTINGS } from './aggregate-query.js';
import { type Statement } from './engine.js';
import { type Needs, type SourcePlan, sourceSql } from './flows-source.js';
import { expressions } from './select.js';

/** An agent that has packets in a time. */
export interface AgentFound {
  readonly agent_id: string;
  /** Scaled by `sampling`. */
  readonly packets: number;
  /** RFC 3339; of packets that are counted by minute their minute. */
  readonly first: string;
  readonly last: string;
}

const columns = new Set(['agent_id'] as const);

export const agentsFoundNeeds: Needs = { columns, hops: false, grain_us: 0 };

/** @returns the statement for the agents that have packets in the plan's time, those with most first */
export function agentsFound(plan: SourcePlan, most: number): Statement {
  const rows = sourceSql(plan, { columns, time: true, hops: false, where: 'true' });
  const at = (us: string): string => expressions.timestamp(`fromUnixTimestamp64Micro(${us}, 'UTC')`);
  const sql = `SELECT agent_id, sum(weight) AS packets, ${at('min(us)')} AS first, ${at('max(us)')} AS last
FROM (
    ${rows}
)
GROUP BY agent_id
ORDER BY packets DESC, agent_id
LIMIT {most:UInt64}
${JSON_SETTINGS}`;
  return { sql, params: { most } };
}
