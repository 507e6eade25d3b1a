import { describe, expect, it } from 'vitest';
import { Metrics } from '#app-kit';
import { type AgentState } from '../agent-state.js';
import { agentMetrics } from './agent-metrics.js';

const state: AgentState = {
  agent: 'web1',
  capturing: true,
  netns: [''],
  natsConnected: true,
  events: 100,
  packets: 40,
  merged: 20,
  rows: 75,
  sgroups: { mode: 'push', networks: 4, groups: 2, prefixes: 3, staleSince: '2026-11-21T16:00:00.000Z' },
  rowsPublished: 70,
  discards: { malformed: 2, backlog: 3, queue_full: 5 },
  lost: { overrun: 1234, malformed: 2, backlog: 3, queue_full: 5 },
};

describe('agentMetrics', () => {
  it('are the numbers of the state, and they add up', async () => {
    const rulesets = { published: 9, lost: { text: 1 } };
    const source = { state, bytesPublished: 4096, rulesets };
    const metrics = new Metrics({
      prefix: 'visor_agent',
      version: '1.2.3',
      metrics: agentMetrics(source, { netns: 1, receiveBufferBytes: 2 ** 20 }),
    });
    const lines = (await metrics.text()).split('\n').filter((line) => line.startsWith('visor_agent_'));
    expect(lines).toEqual([
      'visor_agent_build_info{version="1.2.3"} 1',
      'visor_agent_events_total 100',
      'visor_agent_packets_total 40',
      'visor_agent_merged_events_total 20',
      'visor_agent_rows_total 75',
      'visor_agent_rows_published_total 70',
      'visor_agent_published_bytes_total 4096',
      'visor_agent_discarded_events_total{cause="malformed"} 2',
      'visor_agent_discarded_events_total{cause="backlog"} 3',
      'visor_agent_discarded_events_total{cause="queue_full"} 5',
      'visor_agent_discarded_events_total{cause="too_large"} 0',
      'visor_agent_discarded_events_total{cause="shutdown"} 0',
      'visor_agent_lost_events_total{cause="overrun"} 1234',
      'visor_agent_lost_events_total{cause="malformed"} 2',
      'visor_agent_lost_events_total{cause="backlog"} 3',
      'visor_agent_lost_events_total{cause="queue_full"} 5',
      'visor_agent_lost_events_total{cause="too_large"} 0',
      'visor_agent_lost_events_total{cause="shutdown"} 0',
      'visor_agent_rulesets_published_total 9',
      'visor_agent_lost_rulesets_total{cause="queue_full"} 0',
      'visor_agent_lost_rulesets_total{cause="shutdown"} 0',
      'visor_agent_lost_rulesets_total{cause="text"} 1',
      'visor_agent_lost_rulesets_total{cause="too_large"} 0',
      'visor_agent_netns 1',
      'visor_agent_receive_buffer_bytes 1048576',
      'visor_agent_sgroups_networks 3',
      'visor_agent_sgroups_groups 2',
      'visor_agent_sgroups_stale 1',
      'visor_agent_nats_connected 1',
    ]);
  });
});
