import { secondsText } from '../agents/agent-table.js';
import { causesOf, type Health, healths, lagOf, lostBy } from '../agents/health.js';
import { type Clock } from '../format/clock.js';
import { type Paint } from '../format/paint.js';
import { printable } from '../format/printable.js';
import { type PartStatus, type Status } from './read-status.js';

const names: Readonly<Record<string, string>> = { nats: 'NATS', clickhouse: 'ClickHouse' };
/** Agents that are told one by one. */
const MAX_AGENTS = 10;
const NAME_WIDTH = 12;

const line = (name: string, text: string): string => `${name.padEnd(NAME_WIDTH)}${text}\n`;

function partLine(name: string, { ok, fault, since }: PartStatus, clock: Clock, paint: Paint): string {
  const shown = names[name] ?? name;
  if (ok) return line(shown, 'ok');
  const when = since === null ? '' : ` since ${clock.show(since).replace(/\.\d+/, '')}`;
  return line(shown, `${paint.loss(`not ready${when}`)}: ${printable(fault ?? '')}`);
}

type AgentStatus = NonNullable<Status['agents']>[number];

/** What is not well with an agent. */
const complaints: Readonly<Record<Health, (agent: AgentStatus) => string>> = {
  silent: ({ age_s }) => `not heard of for ${secondsText(age_s)}`,
  late: ({ age_s }) => `not heard of for ${secondsText(age_s)}`,
  losing: (agent) => `${lostBy(agent)} events lost: ${causesOf(agent)}`,
  behind: (agent) => `its oldest batch waits for ${secondsText(lagOf(agent))}`,
  ok: () => '',
};

function agentLines(agents: readonly AgentStatus[], paint: Paint): string {
  if (agents.length === 0) return line('agents', paint.loss('none has told the hub of itself'));
  const counts = healths
    .map((health) => [health, agents.filter((agent) => agent.health === health).length] as const)
    .filter(([, count]) => count > 0)
    .map(([health, count]) => `${count} ${health}`)
    .reverse();
  const order = (agent: AgentStatus): number => healths.indexOf(agent.health);
  const unwell = agents.filter(({ health }) => health !== 'ok').sort((a, b) => order(a) - order(b));
  const shown = unwell
    .slice(0, MAX_AGENTS)
    .map((agent) => printable(`  ${agent.agent_id}: ${agent.health}, ${complaints[agent.health](agent)}`));
  const rest = unwell.length - shown.length;
  const more = rest > 0 ? [`  and ${rest} more; visor-cli agents shows all`] : [];
  return line('agents', counts.join(', ')) + [...shown, ...more].map((text) => `${text}\n`).join('');
}

/** @returns the status for a person: a line a part, and one for each agent that is not well */
export function statusText({ hub, ready, parts, agents }: Status, clock: Clock, paint: Paint): string {
  const head = line('hub', `${printable(hub)} ${ready ? 'ready' : paint.loss('not ready')}`);
  const lines = Object.entries(parts).map(([name, found]) => partLine(name, found, clock, paint));
  return (
    head +
    lines.join('') +
    (agents ? agentLines(agents, paint) : line('agents', 'not known until the hub is ready'))
  );
}
