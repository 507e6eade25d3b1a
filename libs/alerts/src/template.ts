import { findColumn } from '#columns';
import { type AlertRule, severities, thresholdOf, windowOf } from './rule.js';

/** A message's text, and fields in braces; `{{` and `}}` are braces. */
export interface Template {
  readonly parts: readonly (string | { readonly field: string })[];
}

export interface TemplateFault {
  /** In UTF-16 units of the text. */
  readonly offset: number;
  readonly field: string;
  readonly problem: string;
}

/** @returns the template, or what is wrong with its text */
export function parseTemplate(text: string): Template | TemplateFault {
  const parts: (string | { field: string })[] = [];
  const pattern = /\{\{|\}\}|\{([^{}]*)\}|[{}]/g;
  let literal = '';
  let end = 0;
  for (const match of text.matchAll(pattern)) {
    literal += text.slice(end, match.index);
    end = match.index + match[0].length;
    if (match[0] === '{{' || match[0] === '}}') literal += match[0][0];
    else if (match[1] === undefined) {
      const problem = `has a single "${match[0]}"; write "${match[0]}${match[0]}" for a brace`;
      return { offset: match.index, field: match[0], problem };
    } else {
      if (literal) parts.push(literal);
      literal = '';
      const field = match[1].trim();
      // `{ip-src}` too, as in filters
      parts.push({ field: findColumn(field)?.name ?? field });
    }
  }
  literal += text.slice(end);
  if (literal) parts.push(literal);
  return { parts };
}

/** What messages may name beside group columns and `labels.…`. */
export const messageFields = ['value', 'threshold', 'window', 'rule', 'severity'] as const;

const units = [
  ['d', 86_400_000_000],
  ['h', 3_600_000_000],
  ['m', 60_000_000],
  ['s', 1_000_000],
] as const;

/** @returns a duration as rules have it: `90s`, `5m`, `1500ms` */
export function formatDuration(us: number): string {
  if (us === 0) return '0s';
  const unit = units.find(([, of]) => us % of === 0);
  return unit ? `${us / unit[1]}${unit[0]}` : `${us / 1000}ms`;
}

/** @returns a number as messages show it */
export function formatNumber(value: number | null): string {
  if (value === null) return '';
  return Number.isInteger(value) ? String(value) : String(Number(value.toPrecision(3)));
}

/** @returns the message of a group */
export function renderMessage(
  template: Template,
  rule: AlertRule,
  group: Readonly<Record<string, string>>,
  value: number | null,
): string {
  const window_us = windowOf(rule.when);
  const fields: Record<(typeof messageFields)[number], string> = {
    value: formatNumber(value),
    threshold: formatNumber(thresholdOf(rule.when)),
    window: window_us === undefined ? '' : formatDuration(window_us),
    rule: rule.name,
    severity: rule.severity,
  };
  const of = (field: string): string => {
    if (Object.hasOwn(group, field)) return group[field] || '-';
    if (field.startsWith('labels.')) return rule.labels[field.slice('labels.'.length)] ?? '';
    return Object.hasOwn(fields, field) ? fields[field as keyof typeof fields] : '';
  };
  return template.parts.map((part) => (typeof part === 'string' ? part : of(part.field))).join('');
}

export const isSeverity = (text: string): text is AlertRule['severity'] =>
  (severities as readonly string[]).includes(text);
