import { type Agent } from '#api-client';

/** How an agent does, the worst first. */
export const healths = ['silent', 'late', 'losing', 'behind', 'ok'] as const;
export type Health = (typeof healths)[number];

/** Heartbeats come every 5 s. */
const LATE_S = 15;
const SILENT_S = 60;
/** A batch is in ClickHouse within a second or two where nothing is wrong. */
const BEHIND_S = 30;
/** So long after a loss an agent counts as losing. */
export const LOSING_S = 15 * 60;

/** Seconds from one time of the agent's clock to its newest heartbeat. */
const before = (agent: Agent, time: string): number => (Date.parse(agent.ts) - Date.parse(time)) / 1000;

/** @returns how old the oldest batch is that is not known to be in ClickHouse, in seconds; 0 where there is none */
export function lagOf(agent: Agent): number {
  const { spool } = agent;
  if (!spool || spool.batches === 0 || spool.oldest === null) return 0;
  return Math.max(0, before(agent, spool.oldest)) + agent.age_s;
}

/** @returns all events that it lost in this run */
export const lostBy = (agent: Agent): number =>
  Object.values(agent.lost).reduce((sum, count) => sum + count, 0);

/** @returns `overrun 37, queue_full 5`: what was lost by cause, most first */
export const causesOf = (agent: Agent): string =>
  Object.entries(agent.lost)
    .filter(([, count]) => count > 0)
    .sort(([, a], [, b]) => b - a)
    .map(([cause, count]) => `${cause} ${count}`)
    .join(', ');

export function healthOf(agent: Agent): Health {
  const isRecent = agent.losses.some(({ until }) => before(agent, until) + agent.age_s < LOSING_S);
  const holds: Record<Health, boolean> = {
    silent: agent.age_s > SILENT_S,
    late: agent.age_s > LATE_S,
    losing: isRecent,
    behind: lagOf(agent) > BEHIND_S,
    ok: true,
  };
  return healths.find((health) => holds[health]) ?? 'ok';
}
