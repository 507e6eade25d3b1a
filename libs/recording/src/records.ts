import { type RawRule, type TableSnapshot } from '#ruleset';
import { type RecordedSocket } from './format.js';

/** When something happened: the time of day (µs since 1970) and µs of a clock that never steps. */
export interface RecordedTime {
  readonly wall_us: number;
  readonly monotonic_us: number;
}

/** What a recording says about itself. There is no host name in it. */
export interface RecordingHead {
  readonly format: number;
  /** Version of pkt-tracer */
  readonly agent: string;
  /** `uname -r` */
  readonly kernel: string;
  /** `nft --version` */
  readonly nft: string;
  /** Name of the network namespace; '' = the recorder's own */
  readonly netns: string;
  /** RFC 3339, UTC */
  readonly started: string;
}

/** What one receive took from a socket. Message `i` is `bytes[starts[i], ends[i])`. */
export interface ReceiveRecord {
  readonly kind: 'receive';
  readonly at: RecordedTime;
  readonly socket: RecordedSocket;
  /** Whether it took as many messages as it had room for: the socket may have held more */
  readonly more: boolean;
  readonly bytes: Uint8Array;
  readonly starts: readonly number[];
  readonly ends: readonly number[];
  /** Whether the message was longer than the room for it */
  readonly truncated: readonly boolean[];
}

/** A table as plain data: shared memory is no use in a file. */
export interface RecordedTable extends Omit<TableSnapshot, 'handle' | 'sets' | 'rules'> {
  /** Absent in recordings of before tables had one */
  readonly handle?: number;
  readonly rules: readonly RawRule[];
}

/** A table that is as it was in the record before. */
export type UnchangedTable = Pick<TableSnapshot, 'family' | 'name' | 'version'>;

/** A version of the ruleset, in the sequence where the recorder got it. */
export interface RulesetRecord {
  readonly kind: 'ruleset';
  readonly at: RecordedTime;
  /** The kernel's number of the last generation that it was in force at, so far */
  readonly generation: number;
  /** The first one; absent in recordings of before versions were followed one by one */
  readonly since?: number;
  readonly tables: readonly (RecordedTable | UnchangedTable)[];
}

/** The socket said that messages were thrown away (ENOBUFS). */
export interface OverrunRecord {
  readonly kind: 'overrun';
  readonly at: RecordedTime;
  readonly socket: RecordedSocket;
}

/** How many messages the kernel had thrown away for the trace socket since it was opened, exactly. */
export interface DropsRecord {
  readonly kind: 'drops';
  readonly total: number;
}

/** From here on the interface with that index bears that name. */
export interface InterfaceRecord {
  readonly kind: 'interface';
  readonly index: number;
  readonly name: string;
}

/** The recorder came to its end; a file without this was cut off. */
export interface EndRecord {
  readonly kind: 'end';
  readonly at: RecordedTime;
  readonly totals: RecordingTotals;
}

export interface RecordingTotals {
  /** Trace events in the file */
  readonly events: number;
  /** Messages that the kernel threw away */
  readonly lost: number;
}

export type RecordingRecord =
  ReceiveRecord | RulesetRecord | OverrunRecord | DropsRecord | InterfaceRecord | EndRecord;
