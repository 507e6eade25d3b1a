import { type AssemblerCounts, type TableFacts, type UnchangedTable } from '#nftrace';
import { type RulesetSnapshot } from '#ruleset';

/** What the capture thread is started with. */
export interface CaptureSettings {
  agentId: string;
  /** A network namespace's name or path; '' = the process's own */
  netns: string;
  receiveBufferBytes: number;
  maxBatchRows: number;
  linger_ms: number;
  /** One number: batches posted to the main thread and not taken yet */
  inFlight: SharedArrayBuffer;
  maxInFlight: number;
}

/** Main thread → capture thread */
export type CaptureCommand =
  { kind: 'ruleset'; epoch: number; tables: (TableFacts | UnchangedTable)[] } | { kind: 'stop' };

/** Capture thread → main thread */
export type CaptureReport =
  | { kind: 'listening' }
  | { kind: 'ruleset-changed'; epoch: number }
  | { kind: 'batch'; bytes: Uint8Array; rows: number; batchId: bigint }
  | { kind: 'counts'; counts: CaptureCounts }
  | { kind: 'stopped'; counts: CaptureCounts }
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

/** What the thread that lists the ruleset is started with. */
export interface RulesetThreadSettings {
  /** As in CaptureSettings */
  netns: string;
}

/** Thread that lists the ruleset → main thread: the answer to one message. */
export type RulesetReport =
  ListedRuleset | { kind: 'failed'; name: string; op: string; code: string; message: string };

/** A listing in which tables that have not changed since the last one are only named. */
export interface ListedRuleset {
  kind: 'listed';
  generation: number;
  tables: (RulesetSnapshot['tables'][number] | UnchangedTable)[];
}
