import { type ColumnName } from '#columns';
import { type Filter } from '#filter';

export const severities = ['info', 'warning', 'critical'] as const;
export type Severity = (typeof severities)[number];

/**
 * What a rule looks at: `packets` the rows that decided a packet's fate, `hops` all rows, `agents` heartbeats, `losses`
 * events that an agent's heartbeat says it lost since the one before, `rulesets` changes of tables.
 */
export const alertSources = ['packets', 'hops', 'agents', 'losses', 'rulesets'] as const;
export type AlertSource = (typeof alertSources)[number];

/** What is counted: packets (a sampled one for as many as it stands for), or their bytes. */
export const amounts = ['packets', 'bytes'] as const;
export type Amount = (typeof amounts)[number];

export interface Limit {
  readonly op: 'above' | 'below';
  readonly value: number;
}

/** A filter and the text that it was made of. */
export interface NamedFilter {
  readonly text: string;
  readonly filter: Filter;
}

/** When a rule holds for a group. Windows are µs of the rows' time. */
export type Condition =
  | { readonly kind: 'every' }
  | { readonly kind: 'count'; readonly of: Amount; readonly limit: Limit; readonly window_us: number }
  /** A second, over the window. */
  | { readonly kind: 'rate'; readonly of: Amount; readonly limit: Limit; readonly window_us: number }
  | {
      readonly kind: 'distinct';
      readonly column: ColumnName;
      readonly limit: Limit;
      readonly window_us: number;
    }
  /** Of the packets in the window those that `part` takes, 0 … 1; with fewer than `min` in the window it does not hold. */
  | {
      readonly kind: 'share';
      readonly part: NamedFilter;
      readonly min: number;
      readonly limit: Limit;
      readonly window_us: number;
    }
  /** No row for the whole window. */
  | { readonly kind: 'absent'; readonly window_us: number }
  /** A row of a group that had one of `before` within the window before it. */
  | { readonly kind: 'after'; readonly before: NamedFilter; readonly window_us: number }
  /** Values that were not seen for `learn_us`; nothing is new before so much time is known. */
  | { readonly kind: 'new'; readonly columns: readonly ColumnName[]; readonly learn_us: number }
  /** More (`factor` above 1) or less (below 1) than so many times what the same hour of the day before had. */
  | {
      readonly kind: 'deviation';
      readonly of: Amount;
      readonly factor: number;
      readonly min: number;
      readonly window_us: number;
    };

/** A rule as the engine runs it. */
export interface AlertRule {
  readonly name: string;
  readonly severity: Severity;
  readonly description: string;
  readonly of: AlertSource;
  /** '' = every row */
  readonly filterText: string;
  readonly filter: Filter | undefined;
  /** Group columns; none = one group. Of `losses` also `cause`, which is no column. */
  readonly by: readonly string[];
  readonly when: Condition;
  /** The condition must hold so long before it fires. */
  readonly for_us: number;
  /** After a resolve the same group does not fire for so long. */
  readonly coolDown_us: number;
  /** The condition must be false so long before it resolves. */
  readonly resolveAfter_us: number;
  readonly labels: Readonly<Record<string, string>>;
  /** The template of messages. */
  readonly message: string;
  /** Where it stands. */
  readonly file: string;
  readonly line: number;
  /** The ready rule that it came from. */
  readonly ready?: string;
  /** All columns that it reads of a row, `ts`, `sampling` and `packet_id` among them. Empty where it reads no rows. */
  readonly columns: readonly ColumnName[];
}

/** Why a rule does not run; the others do. */
export interface RuleFault {
  readonly file: string;
  /** From 1 */
  readonly line: number;
  /** From 1 */
  readonly column: number;
  /** Its name, where it has one. */
  readonly rule?: string;
  /** One sentence: what is wrong, the value, what is allowed. */
  readonly reason: string;
}

export interface ParsedRules {
  readonly rules: readonly AlertRule[];
  readonly faults: readonly RuleFault[];
}

/** @returns the window of a condition, µs; undefined where it has none */
export function windowOf(when: Condition): number | undefined {
  return 'window_us' in when ? when.window_us : undefined;
}

/** @returns what the value is compared with; null where nothing is */
export function thresholdOf(when: Condition): number | null {
  if ('limit' in when) return when.limit.value;
  return when.kind === 'deviation' ? when.factor : null;
}

/** @returns by what its groups differ: of `new` also the columns whose values are new */
export function groupColumns({ by, when }: Pick<AlertRule, 'by' | 'when'>): readonly string[] {
  return when.kind === 'new' ? [...new Set([...by, ...when.columns])] : by;
}
