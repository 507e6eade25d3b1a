import { type Agent } from '#api-client';
import { type Paint } from '../format/paint.js';
import { printable } from '../format/printable.js';
import { type TextCell, type TextColumn, textTable } from '../groups/text-table.js';
import { durationText } from '../groups/units.js';
import { causesOf, healthOf, lagOf, lostBy } from './health.js';
import { type Rate } from './rates.js';

/** @returns `12s`, `5m3s`, `3d2h` */
export const secondsText = (seconds: number): string =>
  seconds < 1 ? '0s' : durationText(Math.round(seconds) * 1e6).replace(' ', '');

interface AgentColumn extends TextColumn {
  readonly cell: (agent: Agent, rate: Rate | undefined, paint: Paint) => TextCell;
}

const text = (value: string): TextCell => ({ text: printable(value) });
const rateText = (value: number | undefined): TextCell =>
  text(value === undefined ? '-' : value.toFixed(value < 10 ? 1 : 0));

const usual: readonly AgentColumn[] = [
  { title: 'AGENT', min: 8, cell: ({ agent_id }) => text(agent_id) },
  {
    title: 'HEALTH',
    cell: (agent, _, paint) => {
      const health = healthOf(agent);
      return { text: health, ...(health !== 'ok' && { paint: (shown) => paint.loss(shown) }) };
    },
  },
  { title: 'SEEN', right: true, cell: ({ age_s }) => text(secondsText(age_s)) },
  { title: 'UP', right: true, cell: ({ uptime_s }) => text(secondsText(uptime_s)) },
  { title: 'PACKETS/S', right: true, cell: (_, rate) => rateText(rate?.packets) },
  { title: 'DROPS/S', right: true, cell: (_, rate) => rateText(rate?.drops) },
  { title: 'LAG', right: true, cell: (agent) => text(secondsText(lagOf(agent))) },
  { title: 'LOST', right: true, cell: (agent) => text(String(lostBy(agent))) },
];
const causes: AgentColumn = { title: 'BY CAUSE', min: 8, cell: (agent) => text(causesOf(agent)) };

const more: readonly AgentColumn[] = [
  { title: 'VERSION', cell: ({ version }) => text(version) },
  { title: 'KERNEL', cell: ({ kernel }) => text(kernel) },
  { title: 'NAMESPACES', cell: ({ netns }) => text(netns.map((name) => name || 'own').join(',')) },
  { title: 'BATCHES', right: true, cell: ({ spool }) => text(spool ? String(spool.batches) : '-') },
  { title: 'GROUPS', cell: ({ sgroups }) => text(groupsText(sgroups)) },
];

function groupsText(sgroups: Agent['sgroups']): string {
  if (!sgroups || sgroups.mode === 'off') return 'off';
  const stale = sgroups.stale_since === null ? '' : `, stale since ${sgroups.stale_since}`;
  return `${sgroups.groups} by ${sgroups.mode}${stale}`;
}

export interface AgentTableOptions {
  readonly paint: Paint;
  /** Characters a line may have. */
  readonly width: number;
  readonly wide: boolean;
}

/**
 * @param rates undefined where they are not known
 * @returns agents as aligned columns under a header; names and causes are cut off where a line is too long
 */
export function agentTable(
  agents: readonly Agent[],
  rates: ReadonlyMap<string, Rate> | undefined,
  { paint, width, wide }: AgentTableOptions,
): string {
  const columns = wide ? [...usual, ...more, causes] : [...usual, causes];
  const rows = agents.map((agent) => {
    const rate = rates && (rates.get(agent.agent_id) ?? { packets: 0, drops: 0 });
    return columns.map(({ cell }) => cell(agent, rate, paint));
  });
  const { head, lines } = textTable(columns, rows, width);
  return [paint.dim(head), ...lines].map((line) => `${line}\n`).join('');
}
