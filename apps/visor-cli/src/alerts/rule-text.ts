import { type AlertRuleTest, type AlertRules } from '#api-client';
import { type Paint } from '../format/paint.js';
import { printable } from '../format/printable.js';
import { type TextCell, type TextColumn, textTable } from '../groups/text-table.js';
import { durationText } from '../groups/units.js';
import { type Session } from '../session.js';
import { alertTable } from './alert-table.js';

type Rule = AlertRules['rules'][number];

const columns: readonly TextColumn[] = [
  { title: 'RULE', min: 12 },
  { title: 'SEVERITY' },
  { title: 'FIRING', right: true },
  { title: 'CONDITION', min: 16 },
  { title: 'BY', min: 8 },
  { title: 'FILTER', min: 12 },
  { title: 'FROM', min: 12 },
];

const length = (ms: unknown): string => durationText(Number(ms) * 1000).replace(' ', '');

/** Numbers say nothing without their name. */
const named: ReadonlySet<string> = new Set(['above', 'below', 'factor', 'min']);

/** @returns `distinct dport > 20 in 10s` */
export function conditionText({ when }: Pick<Rule, 'when'>): string {
  const { kind, window_ms, learn_ms, ...rest } = when;
  const words = Object.entries(rest).map(([name, value]) =>
    named.has(name) ? `${name} ${String(value)}` : String(value),
  );
  return [
    kind,
    ...words,
    ...(window_ms === undefined ? [] : [`in ${length(window_ms)}`]),
    ...(learn_ms === undefined ? [] : [`within ${length(learn_ms)}`]),
  ].join(' ');
}

/** @returns rules as aligned columns, then what is wrong with others */
export function rulesText({ rules, faults, evaluator }: AlertRules, paint: Paint, width: number): string {
  const rows = rules.map((rule): TextCell[] => [
    { text: printable(rule.name) },
    { text: printable(rule.severity) },
    { text: rule.state ? String(rule.state.firing) : '-' },
    { text: printable(conditionText(rule)) },
    { text: printable(rule.by.join(',')) },
    { text: printable(rule.filter) },
    { text: printable(rule.ready === null ? `${rule.file}:${rule.line}` : `ready ${rule.ready}`) },
  ]);
  const { head, lines } = textTable(columns, rows, width);
  const table = rules.length > 0 ? [paint.dim(head), ...lines] : ['no rules are in force'];
  const wrong = faults.map(({ file, line, rule, reason }) =>
    paint.loss(printable(`${file}:${line}: ${rule === null ? '' : `${rule}: `}${reason}`)),
  );
  const who = evaluator === null ? ['no hub evaluates them'] : [];
  return [...table, ...wrong, ...who].map((line) => `${line}\n`).join('');
}

/** @returns when a rule would have fired, and over what was looked */
export function testText(test: AlertRuleTest, session: Session): string {
  const { paint, width } = session;
  const clock = session.clock();
  const { since, until, rows, complete } = test.searched;
  const ends = new Map(
    test.alerts.filter(({ state }) => state === 'resolved').map((alert) => [alert.id, alert]),
  );
  const fired = test.alerts.filter(({ state }) => state === 'firing');
  // One line an alert: as it ended, where it did.
  const shown = fired.map((alert) => ends.get(alert.id) ?? alert);
  const options = { clock, paint, width, now: Date.parse(until), ids: false };
  const table = shown.length > 0 ? alertTable(shown, options) : '';
  const times = fired.length === 1 ? 'once' : `${fired.length} times`;
  const what = fired.length === 0 ? 'would not have fired' : `would have fired ${times}`;
  const range = session.clock().span(since, until);
  const part = complete ? '' : '; not all of the time was looked at, ask for less of it';
  return `${table}${printable(test.rule.name)} ${what}: ${rows} rows ${range}${part}\n`;
}
