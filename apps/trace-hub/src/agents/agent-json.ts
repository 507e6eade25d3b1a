import { type SgroupsRecord, type SpoolRecord } from '#bus';
import { type LossJson } from '#clickhouse';
import { formatTimestamp } from '#columns';
import { type KnownAgent } from './agents.service.js';
import { lossJson } from './loss-json.js';

/** What an agent knows of networks and security groups, as the API shows it. */
export interface SgroupsJson {
  readonly mode: string;
  readonly networks: number;
  readonly groups: number;
  readonly updated_at: string | null;
  readonly stale_since: string | null;
  readonly error: string | null;
}

/** What an agent keeps until it is in ClickHouse, as the API shows it. */
export interface SpoolJson {
  readonly mode: string;
  readonly batches: number;
  readonly bytes: number;
  readonly unconfirmed: number;
  readonly rows_spooled: number;
  readonly rows_stored: number;
  readonly rows_replayed: number;
  readonly oldest: string | null;
}

/** An agent as the API shows it. */
export interface AgentJson {
  readonly agent_id: string;
  /** Seconds since its newest heartbeat. */
  readonly age_s: number;
  readonly ts: string;
  readonly run: string;
  readonly seq: number;
  readonly version: string;
  readonly kernel: string;
  readonly uptime_s: number;
  readonly netns: readonly string[];
  readonly events: number;
  readonly packets: number;
  readonly merged: number;
  readonly rows: number;
  readonly rows_published: number;
  readonly discards: Readonly<Record<string, number>>;
  readonly lost: Readonly<Record<string, number>>;
  readonly ruleset_generation: number | null;
  readonly sgroups: SgroupsJson | null;
  readonly spool: SpoolJson | null;
  readonly losses: readonly LossJson[];
}

/** @param now_ms ms since 1970 */
export function agentJson({ heartbeat, at_ms }: KnownAgent, now_ms: number): AgentJson {
  const { agent, at_us, rowsPublished, rulesetGeneration, sgroups, spool, losses, ...same } = heartbeat;
  const { run, seq, version, kernel, uptime_s, netns, events, packets, merged, rows, discards, lost } = same;
  return {
    agent_id: agent,
    age_s: Math.max(0, Math.round((now_ms - at_ms) / 1000)),
    ts: formatTimestamp(at_us),
    run,
    seq,
    version,
    kernel,
    uptime_s,
    netns,
    events,
    packets,
    merged,
    rows,
    rows_published: rowsPublished,
    discards,
    lost,
    ruleset_generation: rulesetGeneration ?? null,
    sgroups: sgroups ? sgroupsJson(sgroups) : null,
    spool: spool ? spoolJson(spool) : null,
    losses: losses.map((loss) => lossJson({ agent_id: agent, run, ...loss })),
  };
}

function spoolJson({ rowsSpooled, rowsStored, rowsReplayed, oldest_us, ...same }: SpoolRecord): SpoolJson {
  const { mode, batches, bytes, unconfirmed } = same;
  return {
    mode,
    batches,
    bytes,
    unconfirmed,
    rows_spooled: rowsSpooled,
    rows_stored: rowsStored,
    rows_replayed: rowsReplayed,
    oldest: oldest_us === undefined ? null : formatTimestamp(oldest_us),
  };
}

function sgroupsJson({ mode, networks, groups, updatedAt, staleSince, error }: SgroupsRecord): SgroupsJson {
  return {
    mode,
    networks,
    groups,
    updated_at: updatedAt ?? null,
    stale_since: staleSince ?? null,
    error: error ?? null,
  };
}
