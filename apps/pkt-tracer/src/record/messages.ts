import { type RecordedTime } from '#recording';

/** What a record thread is started with. */
export interface RecordSettings {
  /** The file of the network namespace to enter; '' = stay in the process's own */
  netnsPath: string;
  receiveBufferBytes: number;
  /** Trace events to stop after; 0 = none */
  maxEvents: number;
  /** One number: bytes of blocks that the main thread has not written yet */
  inFlight: SharedArrayBuffer;
  /** What it may be: beyond it the thread waits, and the kernel counts what its buffer cannot hold */
  maxInFlightBytes: number;
}

/** Main thread → record thread. The first `mark` begins the recording. */
export type RecordCommand =
  /** A listing of the ruleset is there: say where in the sequence */
  { kind: 'mark'; mark: number } | { kind: 'stop' };

/** Record thread → main thread; blocks and marks are in the sequence of the recording. */
export type RecordReport =
  | { kind: 'listening' }
  | { kind: 'ruleset-changed'; generation: number }
  | { kind: 'block'; bytes: Uint8Array }
  | { kind: 'mark'; mark: number; at: RecordedTime }
  | { kind: 'stopped'; at: RecordedTime; counts: RecordCounts }
  | { kind: 'failed'; op: string; code: string; message: string };

export interface RecordCounts {
  /** Trace events recorded */
  events: number;
  /** Messages that the kernel threw away, exactly */
  lost: number;
  /** How long the thread waited for the file to be written */
  waited_ms: number;
}
