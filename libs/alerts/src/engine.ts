import { type RowSource } from '#columns';
import { type HistoryRequest, type HistoryRow } from './history.js';
import { type AlertRule } from './rule.js';
import { type AlertTransition } from './transition.js';

export interface EngineOptions {
  /** Groups that a rule may have at once; rows of others are counted and left out. */
  readonly maxGroups: number;
  /** Rows that come so much later than the clock of `tick` still count at their time. Default 2 s. */
  readonly lateness_us?: number;
  /** Groups in a snapshot, of all rules: firing ones first. Default 20,000. */
  readonly maxSnapshotGroups?: number;
}

/** What a heartbeat tells, as far as rules ask. */
export interface HeartbeatFacts {
  /** The agent's run: counts of another run begin anew. */
  readonly run: string;
  /** Events lost in this run, by cause. */
  readonly lost: Readonly<Record<string, number>>;
}

export interface RulesetFacts {
  readonly family: string;
  readonly table: string;
  readonly netns: string;
  readonly version: string;
}

export interface RuleCounters {
  /** Rows that its filter took. */
  matched: number;
  /** Rows left out because the rule had no room for their group. */
  groupsDropped: number;
  /** Rows older than the window of their group. */
  lateRows: number;
  /** Alerts that did not fire because the group cooled down. */
  suppressed: number;
  /** Groups at present. */
  groups: number;
  firing: number;
}

export interface EngineCounters {
  /** Rows given to `rows`. */
  readonly evaluatedRows: number;
  /** Groups that had no room in the newest snapshot. */
  readonly snapshotGroupsDropped: number;
  readonly rules: Readonly<Record<string, Readonly<RuleCounters>>>;
}

/** Evaluates rules over rows, heartbeats and ruleset changes. It has no clock of its own and does no I/O. */
export class AlertEngine {
  /** @throws RangeError for two rules of one name */
  constructor(
    readonly rules: readonly AlertRule[],
    readonly options: EngineOptions,
  ) {}

  /** Keeps the state of rules whose source, filter, groups and condition are the same; alerts of those that are gone resolve. */
  replaceRules(_rules: readonly AlertRule[]): void {}

  /**
   * Rows of one batch.
   *
   * @param order the batch's rows by time
   * @param decisive the places in `order` of the rows that decided a packet's fate, ascending
   */
  rows(_batch: RowSource, _decisive: Uint32Array, _order: Uint32Array, _agent: string): void {}

  heartbeat(_agent: string, _at_us: number, _facts: HeartbeatFacts): void {}

  ruleset(_agent: string, _at_us: number, _change: RulesetFacts): void {}

  /** Time goes on: windows close, absence shows, alerts fire after `for` and resolve. At least once a second. */
  tick(_now_us: number): void {}

  /** @returns what fired or resolved since the call before, by time */
  drain(): AlertTransition[] {
    return [];
  }

  /** @returns the alerts that fire now, as they fired */
  firing(): AlertTransition[] {
    return [];
  }

  /** @returns what `learn` would like to be told; again after replaceRules and restore */
  historyRequests(_now_us: number): HistoryRequest[] {
    return [];
  }

  /** Answers a request: all there is between `from_us` and `until_us`. */
  learn(_request: HistoryRequest, _rows: readonly HistoryRow[]): void {}

  /** @returns the state as JSON, of bounded size; transitions that were not drained are in it */
  snapshot(): EngineSnapshot {
    return { version: 1, now_us: 0, agents: {}, rules: {}, pending: [] };
  }

  /** Into an engine that has seen nothing. Rules that changed since begin anew; what is no snapshot is refused. @throws RangeError */
  restore(_snapshot: unknown): void {}

  get counters(): EngineCounters {
    return { evaluatedRows: 0, snapshotGroupsDropped: 0, rules: {} };
  }
}

export interface EngineSnapshot {
  readonly version: 1;
  readonly now_us: number;
  readonly agents: Readonly<Record<string, unknown>>;
  /** By rule: large ones may be stored apart. */
  readonly rules: Readonly<Record<string, unknown>>;
  readonly pending: readonly AlertTransition[];
}
