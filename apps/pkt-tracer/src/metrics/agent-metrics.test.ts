import { describe, expect, it } from 'vitest';
import { Metrics } from '#app-kit';
import { type AgentState } from '../agent-state.js';
import { TrafficCounts } from '../traffic/traffic-counts.js';
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
  rowsPublished: 68,
  spool: {
    mode: 'always',
    batches: 8,
    bytes: 9000,
    unconfirmed: 6,
    rowsSpooled: 2,
    rowsStored: 50,
    rowsReplayed: 40,
  },
  discards: { malformed: 2, backlog: 3, queue_full: 5 },
  lost: { overrun: 1234, malformed: 2, backlog: 3, queue_full: 5 },
};

describe('agentMetrics', () => {
  it('are the numbers of the state, and they add up', async () => {
    const { spool } = state;
    const writing = { damages: 1, diskBytes: 12_000 };
    const publishing = {
      published: 11,
      again: 7,
      unconfirmedDropped: 2,
    };
    const delivery = { spool, ...writing, ...publishing };
    const traffic = new TrafficCounts({ labels: ['dport'], maxSeries: 100 });
    const eventsHeld = { rate: 13, away: 1 };
    const views = { traffic, eventsPublished: 21, eventsHeld };
    const source = {
      state,
      bytesPublished: 4096,
      rulesetsPublished: 9,
      delivery,
      views,
      captureCpu_us: 1_500_000,
      lostLogLines: 6,
    };
    const metrics = new Metrics({
      prefix: 'visor_agent',
      version: '1.2.3',
      metrics: agentMetrics(source, { receiveBufferBytes: 2 ** 20 }),
    });
    const lines = (await metrics.text()).split('\n').filter((line) => line.startsWith('visor_agent_'));
    expect(lines).toEqual([
      'visor_agent_build_info{version="1.2.3"} 1',
      'visor_agent_events_total 100',
      'visor_agent_packets_total 40',
      'visor_agent_merged_events_total 20',
      'visor_agent_rows_total 75',
      'visor_agent_rows_published_total 68',
      'visor_agent_published_bytes_total 4096',
      'visor_agent_discarded_events_total{cause="malformed"} 2',
      'visor_agent_discarded_events_total{cause="backlog"} 3',
      'visor_agent_discarded_events_total{cause="queue_full"} 5',
      'visor_agent_discarded_events_total{cause="spool_full"} 0',
      'visor_agent_discarded_events_total{cause="spool_damaged"} 0',
      'visor_agent_discarded_events_total{cause="too_large"} 0',
      'visor_agent_discarded_events_total{cause="rejected"} 0',
      'visor_agent_discarded_events_total{cause="shutdown"} 0',
      'visor_agent_lost_events_total{cause="overrun"} 1234',
      'visor_agent_lost_events_total{cause="malformed"} 2',
      'visor_agent_lost_events_total{cause="backlog"} 3',
      'visor_agent_lost_events_total{cause="queue_full"} 5',
      'visor_agent_lost_events_total{cause="spool_full"} 0',
      'visor_agent_lost_events_total{cause="spool_damaged"} 0',
      'visor_agent_lost_events_total{cause="too_large"} 0',
      'visor_agent_lost_events_total{cause="rejected"} 0',
      'visor_agent_lost_events_total{cause="shutdown"} 0',
      'visor_agent_rulesets_published_total 9',
      'visor_agent_batches_published_total 11',
      'visor_agent_rows_stored_total 50',
      'visor_agent_rows_replayed_total 40',
      'visor_agent_republished_batches_total 7',
      'visor_agent_unconfirmed_dropped_batches_total 2',
      'visor_agent_spool_damages_total 1',
      'visor_agent_spool_batches 8',
      'visor_agent_spool_bytes 9000',
      'visor_agent_spool_disk_bytes 12000',
      'visor_agent_spool_oldest_seconds 0',
      'visor_agent_spool_unconfirmed_batches 6',
      'visor_agent_spool_rows 2',
      'visor_agent_live_events_published_total 21',
      'visor_agent_live_events_held_total{cause="rate"} 13',
      'visor_agent_live_events_held_total{cause="away"} 1',
      'visor_agent_live_events_held_total{cause="slow"} 0',
      'visor_agent_live_events_held_total{cause="refused"} 0',
      'visor_agent_live_events_held_total{cause="too_large"} 0',
      'visor_agent_live_events_held_total{cause="lost"} 0',
      'visor_agent_traffic_overflow_packets_total 0',
      'visor_agent_traffic_forgotten_packets_total 0',
      'visor_agent_traffic_series 15',
      'visor_agent_capture_cpu_seconds_total 1.5',
      'visor_agent_netns 1',
      'visor_agent_receive_buffer_bytes 1048576',
      'visor_agent_sgroups_networks 3',
      'visor_agent_sgroups_groups 2',
      'visor_agent_sgroups_stale 1',
      'visor_agent_log_lost_lines_total 6',
      'visor_agent_nats_connected 1',
    ]);
  });
});
