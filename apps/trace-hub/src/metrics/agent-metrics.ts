import { type MetricDefinition } from '#app-kit';

/** What the hub knows of an agent's last sign of life; seconds since 1970. */
export interface AgentTimes {
  readonly agent: string;
  readonly heartbeat_s: number;
  /** Of the newest row that this hub stored; undefined where it stored none */
  readonly rows_s?: number | undefined;
}

/**
 * @param agents those that are known, in the order of their names
 * @param most so many have series of their own
 */
export function agentMetrics(agents: () => readonly AgentTimes[], most: number): MetricDefinition[] {
  const shown = (): readonly AgentTimes[] => agents().slice(0, most);
  const byAgent = (
    name: string,
    help: string,
    value: (times: AgentTimes) => number | undefined,
  ): MetricDefinition => ({
    name: `visor_hub_agent_${name}_timestamp_seconds`,
    help,
    kind: 'gauge',
    label: 'agent',
    read: () => {
      const values = shown().map((times) => [times.agent, value(times)] as const);
      return Object.fromEntries(values.filter((pair): pair is [string, number] => pair[1] !== undefined));
    },
  });
  return [
    byAgent('heartbeat', "When NATS took the agent's newest heartbeat", ({ heartbeat_s }) => heartbeat_s),
    byAgent('rows', "Time of the agent's newest row that this hub stored", ({ rows_s }) => rows_s),
    {
      name: 'visor_hub_agents_without_series',
      help: 'Agents beyond metrics.max-agents, which have no series of their own here',
      kind: 'gauge',
      read: () => Math.max(0, agents().length - most),
    },
  ];
}
