import { type SgroupsState } from '#sgroups';
import { type SpoolRecord } from '#bus';
import { type HeartbeatState } from './heartbeat/heartbeat.js';

/**
 * What the agent has done since its start. Once it has stopped every event is accounted for:
 * `events = rowsPublished + spool.rowsSpooled + merged + discards`.
 */
export interface AgentState {
  agent: string;
  capturing: boolean;
  /** The network namespaces that are traced now; '' = the agent's own */
  netns: string[];
  natsConnected: boolean;
  /** Trace events received from the kernel, malformed ones among them */
  events: number;
  packets: number;
  merged: number;
  rows: number;
  rowsPublished: number;
  /** Networks and security groups in use */
  sgroups: SgroupsState;
  /** Batches until they are in ClickHouse */
  spool: SpoolRecord;
  /** Events received that are in no row published or spooled, by cause */
  discards: Record<string, number>;
  /** Events missing that nobody asked to leave out, by cause; those of an overrun were never received */
  lost: Record<string, number>;
}

/** Before the start */
export const noSgroups: SgroupsState = { mode: 'off', networks: 0, groups: 0, prefixes: 0 };

/** Before the start */
export const noSpool: SpoolRecord = {
  mode: 'memory',
  batches: 0,
  bytes: 0,
  unconfirmed: 0,
  rowsSpooled: 0,
  rowsStored: 0,
  rowsReplayed: 0,
};

const list = (counts: Readonly<Record<string, number>>): string =>
  Object.entries(counts)
    .map(([cause, count]) => `${cause} ${count}`)
    .join(', ');

/** @returns the account of a run: names and numbers by turns */
export function accountLine(state: Omit<HeartbeatState, 'netns' | 'sgroups'>): string {
  const { events, packets, rows, merged, rowsPublished, spool = noSpool, discards, lost } = state;
  return (
    `events ${events}, packets ${packets}, rows ${rows}, published ${rowsPublished}, ` +
    `stored ${spool.rowsStored}, spooled ${spool.rowsSpooled}, replayed ${spool.rowsReplayed}, merged ${merged}; ` +
    `discards: ${list(discards)}; lost: ${list(lost)}`
  );
}
