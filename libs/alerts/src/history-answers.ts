import { type ColumnName } from '#columns';
import { DeviationGroup, HOUR_US } from './deviation-group.js';
import { type HistoryRequest, type HistoryRow } from './history.js';
import { type RuleRun } from './rule-run.js';
import { groupColumns } from './rule.js';
import { NewGroup } from './time-groups.js';

const HOURS = 26;

/** @returns what a rule would like to know; undefined where it knows enough */
export function requestHistory(run: RuleRun, now_us: number): HistoryRequest | undefined {
  const { rule, knownSince_us } = run;
  const { when } = rule;
  if (run.learned || (rule.of !== 'packets' && rule.of !== 'hops')) return undefined;
  const until_us = Math.min(knownSince_us, now_us);
  const common = {
    rule,
    filter: rule.filter,
    decisive: rule.of === 'packets',
    columns: groupColumns(rule) as readonly ColumnName[],
    until_us,
  };
  if (when.kind === 'new')
    return { ...common, kind: 'seen', of: 'packets', from_us: Math.min(now_us - when.learn_us, until_us) };
  if (when.kind !== 'deviation') return undefined;
  const from_us = (Math.floor(now_us / HOUR_US) - HOURS) * HOUR_US;
  return { ...common, kind: 'hours', of: when.of, from_us: Math.min(from_us, until_us) };
}

/** Puts what was before to what is known. */
export function answerHistory(run: RuleRun, request: HistoryRequest, rows: readonly HistoryRow[]): void {
  if (run.learned) return;
  run.learned = true;
  for (const { values, at_us, sum = 0 } of rows) {
    const group = run.groupOf(
      request.columns.map((column) => values[column] ?? ''),
      Math.min(at_us, request.until_us),
    );
    if (group instanceof NewGroup) group.learn(at_us);
    else if (group instanceof DeviationGroup) group.learn(at_us, sum);
    else run.counters.groupsDropped++;
  }
  run.knownSince_us = Math.min(run.knownSince_us, request.from_us);
}
