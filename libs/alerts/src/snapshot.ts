import { formatTimestamp } from '#columns';
import { type EngineSnapshot, type RuleState } from './engine-types.js';
import { type Group } from './group.js';
import { stateKey } from './rule-key.js';
import { type RuleRun } from './rule-run.js';
import { type AlertTransition } from './transition.js';

/** @returns the groups that have room: those that fire, then those that were seen last */
function fitting(groups: Iterable<Group>, most: number): Group[] {
  const all = [...groups];
  if (all.length <= most) return all;
  const rank = (group: Group): number => (group.alert ? Infinity : group.clock_us);
  return all.sort((a, b) => (rank(a) < rank(b) ? 1 : rank(a) > rank(b) ? -1 : 0)).slice(0, most);
}

/** @param most groups of all rules: where there are more, each rule has its part */
export function saveRules(
  runs: readonly RuleRun[],
  most: number,
): { rules: Record<string, RuleState>; dropped: number } {
  const all = runs.reduce((sum, { groups }) => sum + groups.size, 0);
  const busy = runs.filter(({ groups }) => groups.size > 0).length;
  const each = all <= most ? Infinity : Math.floor(most / busy);
  let dropped = 0;
  const rules: Record<string, RuleState> = {};
  for (const run of runs) {
    const groups = fitting(run.groups.values(), each);
    dropped += run.groups.size - groups.length;
    rules[run.rule.name] = {
      key: stateKey(run.rule),
      since: run.knownSince_us === Infinity ? null : run.knownSince_us,
      learned: run.learned,
      groups: groups.map((group) => group.save()),
    };
  }
  return { rules, dropped };
}

/** @throws RangeError for what no engine made */
export function checkSnapshot(value: unknown): EngineSnapshot {
  const snapshot = value as Partial<EngineSnapshot> | null;
  if (typeof snapshot !== 'object' || snapshot?.version !== 1)
    throw new RangeError('The state of alerts is no snapshot of version 1; begin without it.');
  const { now_us, agents, rules, pending } = snapshot;
  const whole =
    typeof now_us === 'number' &&
    Array.isArray(agents) &&
    Array.isArray(pending) &&
    typeof rules === 'object' &&
    Object.values(rules).every((rule) => Array.isArray(rule?.groups));
  if (!whole) throw new RangeError('The state of alerts lacks a part; begin without it.');
  return snapshot as EngineSnapshot;
}

/** @returns that an alert ends whose rule is gone */
export function resolvedAt(alert: AlertTransition, now_us: number): AlertTransition {
  const now = formatTimestamp(now_us);
  const at = now > alert.at ? now : alert.at;
  return { ...alert, state: 'resolved', at, resolved_at: at };
}
