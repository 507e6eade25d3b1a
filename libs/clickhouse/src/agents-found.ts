import { settingsOf } from './aggregate-query.js';
import { type Span } from './aggregate-range.js';
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

/** What of it is of one UTC day. */
export interface AgentOfDay extends AgentFound {
  /** Days since 1970. */
  readonly day: number;
}

const columns = new Set(['agent_id'] as const);

export const agentsFoundNeeds: Needs = { columns, hops: false, grain_us: 0 };

export const day_us = 86_400e6;

/** @returns the statement for the agents that have packets in the plan's time, day by day (AgentOfDay) */
export function agentsFound(plan: SourcePlan): Statement {
  const rows = sourceSql(plan, { columns, time: true, hops: false, where: 'true' });
  const at = (us: string): string => expressions.timestamp(`fromUnixTimestamp64Micro(${us}, 'UTC')`);
  const sql = `SELECT toInt32(intDiv(us, ${day_us})) AS day, agent_id, sum(weight) AS packets, ${at('min(us)')} AS first, ${at('max(us)')} AS last
FROM (
    ${rows}
)
GROUP BY day, agent_id
${settingsOf(plan)}`;
  return { sql };
}

/** @returns the plan without some whole days */
export function withoutDays(plan: SourcePlan, days: readonly number[]): SourcePlan {
  const sorted = [...days].sort((a, b) => a - b);
  const parts = plan.parts.map(({ rollup, spans }) => ({
    rollup,
    spans: spans.flatMap((span) => spanWithout(span, sorted)),
  }));
  return { ...plan, parts: parts.filter(({ spans }) => spans.length > 0) };
}

function spanWithout({ from_us, to_us }: Span, sorted: readonly number[]): Span[] {
  const rest: Span[] = [];
  let from = from_us;
  for (const day of sorted) {
    if (from < Math.min(day * day_us, to_us))
      rest.push({ from_us: from, to_us: Math.min(day * day_us, to_us) });
    from = Math.max(from, (day + 1) * day_us);
  }
  if (from < to_us) rest.push({ from_us: from, to_us });
  return rest;
}

/** @returns the agents of all these days, those with most packets first */
export function agentsOfDays(days: readonly AgentOfDay[]): AgentFound[] {
  const found = new Map<string, AgentFound>();
  for (const { day: _, ...agent } of days) {
    const other = found.get(agent.agent_id) ?? agent;
    found.set(agent.agent_id, {
      agent_id: agent.agent_id,
      packets: agent.packets + (other === agent ? 0 : other.packets),
      first: agent.first < other.first ? agent.first : other.first,
      last: agent.last > other.last ? agent.last : other.last,
    });
  }
  return [...found.values()].sort((a, b) => b.packets - a.packets || (a.agent_id < b.agent_id ? -1 : 1));
}
