import { type TableSnapshot } from '#ruleset';

/** What is in force in a network namespace after a change. */
export interface RulesetSeen {
  /** '' = the agent's own */
  netns: string;
  /** The kernel's number of the ruleset */
  generation: number;
  /** µs since 1970 */
  at_us: number;
  /** All tables; with its snapshot where the version is new since the start */
  tables: readonly { family: string; name: string; version: string; snapshot?: TableSnapshot }[];
  /** Tables that were there before and are no more */
  gone: readonly { family: string; name: string }[];
}

/** Is told of every ruleset, in the order of its namespace's changes. It must neither throw nor take long. */
export interface RulesetObserver {
  seen(change: RulesetSeen): void;
  /** A namespace is traced no more: nothing that was seen in it is in force, as far as anyone knows. */
  ended(netns: string): void;
}
