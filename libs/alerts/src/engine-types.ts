import { type GroupState } from './group.js';
import { type AlertTransition } from './transition.js';

export interface EngineOptions {
  /** Groups that a rule may have at once; rows of others are counted and left out. */
  readonly maxGroups: number;
  /** Rows that come so much later than the clock of `tick` still count at their time. Default 2 s. */
  readonly lateness_us?: number;
  /** So far ahead of the clock a row's time is believed; one further ahead counts as of now. Default 5 min. */
  readonly maxAhead_us?: number;
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

/** A rule's state as JSON. */
export interface RuleState {
  /** What the state is of: a rule that asks something else begins anew. */
  readonly key: string;
  /** Since when it is known what its groups had; µs, null = its time has not begun. */
  readonly since: number | null;
  /** It was told what there was before. */
  readonly learned: boolean;
  readonly groups: readonly GroupState[];
}

export interface EngineSnapshot {
  readonly version: 1;
  readonly now_us: number;
  /** By agent: what its newest heartbeat told. */
  readonly agents: readonly (readonly [string, AgentState])[];
  /** By rule: large ones may be stored apart. */
  readonly rules: Readonly<Record<string, RuleState>>;
  /** What was not drained. */
  readonly pending: readonly AlertTransition[];
}

export interface AgentState {
  readonly at_us: number;
  readonly run: string;
  readonly lost: Readonly<Record<string, number>>;
}
