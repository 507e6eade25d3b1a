import { type Severity } from './rule.js';

/**
 * That an alert fired or resolved: an alert's message but for what only the hub knows (`hub`, `silenced`). The same rows
 * give the same transitions, ids among them, wherever and whenever they are evaluated.
 */
export interface AlertTransition {
  /** Of rule, group and start: the same in both transitions of an alert. */
  readonly id: string;
  readonly rule: string;
  readonly severity: Severity;
  readonly state: 'firing' | 'resolved';
  /** Values of the group columns, as the API shows them. */
  readonly group: Readonly<Record<string, string>>;
  readonly labels: Readonly<Record<string, string>>;
  readonly value: number | null;
  readonly threshold: number | null;
  readonly message: string;
  readonly description: string;
  /** When the condition began to hold. RFC 3339 with µs, as rows have; so are all times. */
  readonly started_at: string;
  /** When it fired (it held for the rule's `for`), or resolved. */
  readonly at: string;
  readonly resolved_at: string | null;
  readonly window_ms: number | null;
  /** '' = every row */
  readonly filter: string;
  /** The packet whose row made the condition hold. */
  readonly packet_id: string | null;
}
