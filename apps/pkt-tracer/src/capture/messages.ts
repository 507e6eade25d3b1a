import {
  type AssemblerCounts,
  type Endpoint,
  type OnlyWord,
  type TableFacts,
  type UnchangedTable,
} from '#nftrace';
import { type RulesetVersion, type TableSnapshot } from '#ruleset';
import { type PackedPrefixes } from '#sgroups';

/** What the rows of one capture thread have in common, and how many it may hold. */
export interface PipelineSettings {
  agentId: string;
  /** What column `netns` says; '' = the agent's own network namespace */
  netns: string;
  /** The agent's run: the high half of its batch ids */
  run: number;
  maxBatchRows: number;
  linger_ms: number;
}

/** What a capture thread is started with. */
export interface CaptureSettings extends PipelineSettings {
  /** The file of the network namespace to enter; '' = stay in the process's own */
  netnsPath: string;
  receiveBufferBytes: number;
  /** As in RulesetThreadSettings */
  maxSetElements: number;
  /** Which packets are asked for; none = all */
  only: readonly OnlyWord[];
  /** Encoded batches that may wait for the main thread, of all capture threads together */
  maxInFlightBytes: number;
  /** Numbers shared by all capture threads, see `shared` */
  shared: SharedArrayBuffer;
  /** One number, this thread's own: packets a second that it may publish; 0 = all */
  packetLimit: SharedArrayBuffer;
}

/** Where what stands in `CaptureSettings.shared`, an Int32Array */
export const shared = { inFlightBytes: 0, nextBatch: 1, length: 2 } as const;

/** Main thread → capture thread */
export type CaptureCommand =
  /** Was in force from generation `since` to `epoch` */
  | { kind: 'ruleset'; since: number; epoch: number; tables: (TableFacts | UnchangedTable)[] }
  | { kind: 'own-servers'; endpoints: Endpoint[] }
  | { kind: 'sgroups'; prefixes: PackedPrefixes }
  | { kind: 'stop' };

/** Why the capture thread lost events; see the counts of the same names */
export type LossCause = 'overrun' | 'backlog' | 'malformed';

/** Events that were lost in one capture thread; times in µs since 1970 */
export interface CaptureLoss {
  cause: LossCause;
  events: number;
  from_us: number;
  until_us: number;
}

/** Capture thread → main thread */
export type CaptureReport =
  | { kind: 'listening' }
  | { kind: 'ruleset-changed'; epoch: number }
  | { kind: 'batch'; bytes: Uint8Array; rows: number; batchId: bigint; from_us: number; until_us: number }
  /** What was lost since the last such report; always before the counts that have it */
  | { kind: 'lost'; losses: CaptureLoss[] }
  /** `cpu_us`: what the thread has used so far */
  | { kind: 'counts' | 'stopped'; counts: CaptureCounts; cpu_us: number }
  | { kind: 'failed'; op: string; code: string; message: string };

/** Everything that came in and what became of it, since the start. */
export interface CaptureCounts extends AssemblerCounts {
  /** Trace events received and decoded */
  events: number;
  /** Messages that are no trace event of a form we know */
  malformed: number;
  /** Messages that the kernel threw away because the receive buffer was full */
  overrun: number;
  /** Rows handed to the main thread */
  rows: number;
  /** Rows thrown away because the main thread did not keep up */
  backlog: number;
}

/** What the thread that follows the ruleset is started with. */
export interface RulesetThreadSettings {
  /** The file or name of the network namespace to enter; '' = stay in the process's own */
  netns: string;
  /** A set with more elements is only counted; 0 = all are */
  maxSetElements: number;
}

/** Main thread → ruleset thread. `changed`: the kernel has told of a change, which is there to be read now. */
export type RulesetCommand = 'changed' | 'stop';

/** Ruleset thread → main thread */
export type RulesetReport =
  ToldVersion | { kind: 'failed'; name: string; op: string; code: string; message: string };

/** A version of the ruleset in which tables that are as in the one told before are only named. */
export interface ToldVersion extends Omit<RulesetVersion, 'tables'> {
  kind: 'version';
  tables: (TableSnapshot | UnchangedTable)[];
}
