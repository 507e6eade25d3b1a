import { type ColumnName } from '#columns';
import { type Filter } from '#filter';
import { type AlertRule, type Amount } from './rule.js';

/** What a rule wants to know of the time before the engine saw rows. Who does not answer lets it learn for itself. */
export interface HistoryRequest {
  readonly rule: AlertRule;
  /** `seen`: each combination of `columns` once, and when it was last seen. `hours`: sums by `columns` and hour. */
  readonly kind: 'seen' | 'hours';
  readonly filter: Filter | undefined;
  /** Only rows that decided a packet's fate. */
  readonly decisive: boolean;
  readonly columns: readonly ColumnName[];
  /** Of `hours`. Sums are of `sampling`, or of `len * sampling`. */
  readonly of: Amount;
  readonly from_us: number;
  readonly until_us: number;
}

export interface HistoryRow {
  /** A text for each column asked for, as the API shows it. */
  readonly values: Readonly<Record<string, string>>;
  /** `seen`: when last; `hours`: the hour's start. µs */
  readonly at_us: number;
  /** Of `hours`. */
  readonly sum?: number;
}
