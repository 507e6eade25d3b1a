import { describe, expect, it } from 'vitest';
import { Metrics } from '#app-kit';
import { NewestRows } from '../ingest/newest-rows.js';
import { agentMetrics, type AgentTimes } from './agent-metrics.js';

describe('the metrics of agents', () => {
  it('have series for so many of them, and tell of how many they do not', async () => {
    const agents: AgentTimes[] = [
      { agent: 'a', heartbeat_s: 10, rows_s: 9.5 },
      { agent: 'b"\n', heartbeat_s: 20 },
      { agent: 'c', heartbeat_s: 30, rows_s: 29 },
    ];
    const metrics = agentMetrics(() => agents, 2);
    const text = await new Metrics({ prefix: 'visor_test', version: '1', metrics }).text();
    expect(text.split('\n').filter((line) => line.startsWith('visor_hub_agent'))).toEqual([
      'visor_hub_agent_heartbeat_timestamp_seconds{agent="a"} 10',
      'visor_hub_agent_heartbeat_timestamp_seconds{agent="b\\"\\n"} 20',
      'visor_hub_agent_rows_timestamp_seconds{agent="a"} 9.5',
      'visor_hub_agents_without_series 1',
    ]);
  });
});

describe('NewestRows', () => {
  it('keeps the newest of an agent, and forgets who stored nothing for longest', () => {
    const newest = new NewestRows(2);
    newest.stored('a', 5);
    newest.stored('b', 6);
    newest.stored('a', 4);
    expect([newest.of('a'), newest.of('b')]).toEqual([5, 6]);
    newest.stored('c', 7);
    expect([newest.of('a'), newest.of('b'), newest.of('c')]).toEqual([5, undefined, 7]);
  });
});
