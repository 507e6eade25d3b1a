import { type AssemblerCounts, type TableFacts } from '#nftrace';

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
export type CaptureCommand = { kind: 'ruleset'; epoch: number; tables: TableFacts[] } | { kind: 'stop' };

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
