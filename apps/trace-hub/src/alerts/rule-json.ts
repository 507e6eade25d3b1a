import { type AlertRule, type Condition, type Limit, type RuleCounters, type RuleFault } from '#alerts';

/** What a rule waits for: its kind, and what belongs to that kind. */
export interface ConditionJson {
  /** every, count, rate, distinct, share, absent, after, new, deviation */
  readonly kind: Condition['kind'];
  readonly [key: string]: string | number | readonly string[];
}

/** A rule in force, as the API shows it. Times are in ms. */
export interface RuleJson {
  readonly name: string;
  readonly severity: string;
  readonly description: string;
  /** packets, hops, agents, losses, rulesets */
  readonly of: string;
  readonly filter: string;
  readonly by: readonly string[];
  readonly when: ConditionJson;
  readonly for_ms: number;
  readonly cool_down_ms: number;
  readonly resolve_after_ms: number;
  readonly labels: Readonly<Record<string, string>>;
  readonly message: string;
  readonly file: string;
  readonly line: number;
  /** The rule that comes with Visor that it was made of; null = none. */
  readonly ready: string | null;
  /** null where another hub evaluates, or none. */
  readonly state: RuleStateJson | null;
}

/** What a rule has done since its hub began to evaluate. */
export interface RuleStateJson {
  readonly firing: number;
  readonly groups: number;
  readonly matched_rows: number;
  /** Rows left out because there was no room for their group. */
  readonly dropped_rows: number;
  /** Rows that came too late for their window. */
  readonly late_rows: number;
  /** Alerts that did not fire because their group cooled down. */
  readonly suppressed: number;
}

/** Why a rule is not in force. */
export interface RuleFaultJson {
  readonly file: string;
  readonly line: number;
  readonly column: number;
  /** null where it has no name. */
  readonly rule: string | null;
  readonly reason: string;
}

const limitJson = ({ op, value }: Limit): Record<string, number> => ({ [op]: value });
const ms = (us: number): number => us / 1000;

function conditionJson(when: Condition): ConditionJson {
  const window = 'window_us' in when ? { window_ms: ms(when.window_us) } : {};
  const limit = 'limit' in when ? limitJson(when.limit) : {};
  const { kind } = when;
  switch (kind) {
    case 'every':
    case 'absent':
      return { kind, ...window };
    case 'count':
    case 'rate':
      return { kind, of: when.of, ...limit, ...window };
    case 'distinct':
      return { kind, column: when.column, ...limit, ...window };
    case 'share':
      return { kind, part: when.part.text, min: when.min, ...limit, ...window };
    case 'after':
      return { kind, before: when.before.text, ...window };
    case 'new':
      return { kind, columns: when.columns, learn_ms: ms(when.learn_us) };
    case 'deviation':
      return { kind, of: when.of, factor: when.factor, min: when.min, ...window };
  }
}

const stateJson = (counters: Readonly<RuleCounters>): RuleStateJson => ({
  firing: counters.firing,
  groups: counters.groups,
  matched_rows: counters.matched,
  dropped_rows: counters.groupsDropped,
  late_rows: counters.lateRows,
  suppressed: counters.suppressed,
});

/** @param counters undefined where another hub evaluates */
export function ruleJson(rule: AlertRule, counters: Readonly<RuleCounters> | undefined): RuleJson {
  return {
    name: rule.name,
    severity: rule.severity,
    description: rule.description,
    of: rule.of,
    filter: rule.filterText,
    by: rule.by,
    when: conditionJson(rule.when),
    for_ms: ms(rule.for_us),
    cool_down_ms: ms(rule.coolDown_us),
    resolve_after_ms: ms(rule.resolveAfter_us),
    labels: rule.labels,
    message: rule.message,
    file: rule.file,
    line: rule.line,
    ready: rule.ready ?? null,
    state: counters ? stateJson(counters) : null,
  };
}

export const faultJson = ({ file, line, column, rule, reason }: RuleFault): RuleFaultJson => ({
  file,
  line,
  column,
  rule: rule ?? null,
  reason,
});
