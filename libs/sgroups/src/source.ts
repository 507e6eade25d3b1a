import { type SgroupsLog } from './log.js';
import { type PackedPrefixes } from './pack.js';

/** Where networks and groups come from: nowhere, a YAML file, or the service, which is listened to or asked. */
export const sgroupsModes = ['off', 'file', 'push', 'pull'] as const;
export type SgroupsMode = (typeof sgroupsModes)[number];

/** What the heartbeat tells. */
export interface SgroupsState {
  readonly mode: SgroupsMode;
  /** In the data in use, as it was given */
  readonly networks: number;
  readonly groups: number;
  /** Networks that addresses are looked up in: different ones with a CIDR that can be used */
  readonly prefixes: number;
  /** When the data was made, as its source says (RFC 3339); absent while there is none */
  readonly updatedAt?: string;
  /** Since when the source could not be read (RFC 3339): the data in use may be old */
  readonly staleSince?: string;
  /** Why, in one sentence */
  readonly error?: string;
}

export interface SgroupsSource {
  readonly state: SgroupsState;
  /** Begins to read, and goes on until it is stopped; what goes wrong is told in `state` and in the log. */
  start(): void;
  stop(): Promise<void>;
}

/** Who gets the data. */
export interface SgroupsSink {
  readonly log: SgroupsLog;
  /** Is called with each new state of the data, whole. */
  onData(packed: PackedPrefixes): void;
}
