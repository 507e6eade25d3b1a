import { FieldReader } from './field-reader.js';

/** Events that are missing although nobody asked for that: a gap in what an agent saw, or in what it delivered. */
export interface LossRecord {
  /** Per run of the agent, from 1. A record may grow while it is the newest of its netns and cause. */
  readonly seq: number;
  /**
   * Of a record that stands for several, which the agent had no room for: the first of them. It stands for all of its
   * cause from there to `seq`.
   */
  readonly first_seq?: number;
  /** '' = the agent's own; `*` = several, of a record that stands for several. */
  readonly netns: string;
  /** `overrun`, `backlog`, `malformed`, `queue_full` …; unknown ones are kept as they are. */
  readonly cause: string;
  readonly events: number;
  /** µs since 1970, the agent's clock: nothing before is missing. */
  readonly from_us: number;
  /** Nothing after is missing. */
  readonly until_us: number;
}

/** What an agent knows of networks and security groups. */
export interface SgroupsRecord {
  /** `off`, `file`, `push` or `pull` */
  readonly mode: string;
  readonly networks: number;
  readonly groups: number;
  /** When its source says that the data was made, RFC 3339; absent while there is none. */
  readonly updatedAt?: string;
  /** Since when the source could not be read, RFC 3339: the data may be old. */
  readonly staleSince?: string;
  /** Why */
  readonly error?: string;
}

/** What an agent keeps until it is in ClickHouse. */
export interface SpoolRecord {
  /** `memory`: there is no directory; `always`, `overflow`: what goes to disk */
  readonly mode: string;
  /** Batches not known to be in ClickHouse, in memory or on disk. */
  readonly batches: number;
  /** Their compressed bytes. */
  readonly bytes: number;
  /** Of these batches, those that the stream has. */
  readonly unconfirmed: number;
  /** Rows of this run that are on disk and that the stream does not have. */
  readonly rowsSpooled: number;
  /** Rows of this run that the hub says are in ClickHouse. */
  readonly rowsStored: number;
  /** Rows of earlier runs that were published from the spool. */
  readonly rowsReplayed: number;
  /** When the first event of the oldest batch was seen, µs since 1970; absent while there is none. */
  readonly oldest_us?: number;
}

/**
 * What an agent tells of itself every few seconds. The counts are of this run, and once it has stopped
 * `events = rowsPublished + spool.rowsSpooled + merged + discards`.
 */
export interface AgentHeartbeat {
  readonly agent: string;
  /** Hexadecimal, random for each start. */
  readonly run: string;
  /** Per run, from 1. */
  readonly seq: number;
  readonly version: string;
  readonly kernel: string;
  /** µs since 1970 */
  readonly at_us: number;
  readonly uptime_s: number;
  /** The network namespaces that are traced; '' = the agent's own. */
  readonly netns: readonly string[];
  /** Trace events received from the kernel. */
  readonly events: number;
  readonly packets: number;
  /** Events that share the row of the event after them. */
  readonly merged: number;
  /** Rows handed on to be published. */
  readonly rows: number;
  readonly rowsPublished: number;
  /** Events received that are in no row published, by cause. */
  readonly discards: Readonly<Record<string, number>>;
  /** Events missing that nobody asked to leave out, by cause: those of `losses`, and all before them. */
  readonly lost: Readonly<Record<string, number>>;
  /** The kernel's number of the newest ruleset seen. */
  readonly rulesetGeneration?: number;
  /** Absent from agents that know of none. */
  readonly sgroups?: SgroupsRecord;
  /** Absent from agents that know of none. */
  readonly spool?: SpoolRecord;
  /** The newest, oldest first. */
  readonly losses: readonly LossRecord[];
}

/** A message that is no heartbeat; `why` names the field and what is wrong with it. */
export interface MalformedHeartbeat {
  readonly malformed: string;
}

/** What a heartbeat may hold at most; names are in characters. */
export const heartbeatLimits = {
  bytes: 2 ** 20,
  losses: 100,
  name: 255,
  cause: 64,
  causes: 64,
  netns: 4096,
  sentence: 1000,
} as const;

const encoder = new TextEncoder();

/** @returns the message's bytes */
export function encodeHeartbeat(heartbeat: AgentHeartbeat): Uint8Array {
  return encoder.encode(JSON.stringify(heartbeat));
}

function readLoss(fields: FieldReader): LossRecord {
  const seq = fields.count('seq', 1);
  const first = fields.has('first_seq') ? fields.count('first_seq', 1) : seq;
  const from_us = fields.time('from_us');
  const until_us = fields.time('until_us');
  if (first > seq) fields.refuse('first_seq', 'is above seq');
  if (from_us > until_us) fields.refuse('from_us', 'is after until_us');
  return {
    seq,
    ...(first < seq && { first_seq: first }),
    netns: fields.text('netns', heartbeatLimits.name),
    cause: fields.cutText('cause', heartbeatLimits.cause),
    events: fields.count('events'),
    from_us,
    until_us,
  };
}

function readSgroups(fields: FieldReader): SgroupsRecord {
  const { name, sentence } = heartbeatLimits;
  return {
    mode: fields.text('mode', 32),
    networks: fields.count('networks'),
    groups: fields.count('groups'),
    ...(fields.has('updatedAt') && { updatedAt: fields.cutText('updatedAt', name) }),
    ...(fields.has('staleSince') && { staleSince: fields.cutText('staleSince', name) }),
    ...(fields.has('error') && { error: fields.cutText('error', sentence) }),
  };
}

function readSpool(fields: FieldReader): SpoolRecord {
  return {
    mode: fields.text('mode', 32),
    batches: fields.count('batches'),
    bytes: fields.count('bytes'),
    unconfirmed: fields.count('unconfirmed'),
    rowsSpooled: fields.count('rowsSpooled'),
    rowsStored: fields.count('rowsStored'),
    rowsReplayed: fields.count('rowsReplayed'),
    ...(fields.has('oldest_us') && { oldest_us: fields.time('oldest_us') }),
  };
}

function readHeartbeat(fields: FieldReader): AgentHeartbeat {
  const { name, cause, causes, netns } = heartbeatLimits;
  const run = fields.text('run', 32);
  if (!/^[0-9a-f]{1,32}$/.test(run)) fields.refuse('run', 'is not hexadecimal');
  return {
    agent: fields.text('agent', name),
    run,
    seq: fields.count('seq', 1),
    version: fields.text('version', 64),
    kernel: fields.text('kernel', name),
    at_us: fields.time('at_us'),
    uptime_s: fields.count('uptime_s'),
    netns: fields.texts('netns', netns, name),
    events: fields.count('events'),
    packets: fields.count('packets'),
    merged: fields.count('merged'),
    rows: fields.count('rows'),
    rowsPublished: fields.count('rowsPublished'),
    discards: fields.counts('discards', causes, cause),
    lost: fields.counts('lost', causes, cause),
    ...(fields.has('rulesetGeneration') && { rulesetGeneration: fields.count('rulesetGeneration') }),
    ...(fields.has('sgroups') && { sgroups: readSgroups(fields.object('sgroups')) }),
    ...(fields.has('spool') && { spool: readSpool(fields.object('spool')) }),
    // Of more than it may have the newest count: they come last.
    losses: fields.lastObjects('losses', heartbeatLimits.losses, readLoss),
  };
}

/**
 * Reads what came from the network: it never throws, and what it returns is bounded by `heartbeatLimits`. A field that
 * is not known is left out, a missing or wrong one makes the whole message malformed.
 */
export function parseHeartbeat(bytes: Uint8Array): AgentHeartbeat | MalformedHeartbeat {
  const fields = FieldReader.parse(bytes, { bytes: heartbeatLimits.bytes });
  const heartbeat = readHeartbeat(fields);
  return fields.fault === undefined ? heartbeat : { malformed: fields.fault };
}
