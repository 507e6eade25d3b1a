import { isMap, isScalar } from 'yaml';
import { findColumn, type ColumnName } from '#columns';
import { type Filter, filterColumns } from '#filter';
import { meant } from './nearest.js';
import { defaultMessage, hasRows, readCondition } from './read-condition.js';
import { DAY_US, readColumns, readDuration, readFilter, type RuleContext } from './read-parts.js';
import { alertSources, type AlertRule, groupColumns, severities } from './rule.js';
import { messageFields, parseTemplate } from './template.js';
import { scalarText, type YamlFields, type YamlText } from './yaml-fields.js';

export const ruleKeys = [
  'name',
  'ready',
  'severity',
  'description',
  'filter',
  'of',
  'by',
  'when',
  'for',
  'cool-down',
  'resolve-after',
  'labels',
  'message',
] as const;

const MAX_TEXT = 4096;
const MAX_LABELS = 32;
const MAX_BY = 8;

/** @returns the rule; undefined or a rule of no worth where faults were told */
export function readRule(yaml: YamlText, fields: YamlFields, context: RuleContext): AlertRule | undefined {
  const name = readName(fields, context.name);
  const severity = readChoice(fields, 'severity', severities) ?? 'warning';
  const of = readChoice(fields, 'of', alertSources) ?? 'packets';
  const filter = readFilter(fields, 'filter', context.now_us, of);
  const by = readColumns(fields, 'by', of, MAX_BY) ?? [];
  const when = readCondition(fields, { ...context, of });
  if (name === undefined || !when) return undefined;
  const labels = readLabels(yaml, fields);
  const rule = {
    name,
    severity,
    description: readText(fields, 'description') ?? '',
    of,
    filterText: filter?.text ?? '',
    filter: filter?.filter,
    by,
    when,
    for_us: readDuration(fields, 'for', 0, 7 * DAY_US) ?? 0,
    coolDown_us: readDuration(fields, 'cool-down', 0, 30 * DAY_US) ?? 300e6,
    resolveAfter_us: readDuration(fields, 'resolve-after', 0, 7 * DAY_US) ?? 30e6,
    labels,
    message: readText(fields, 'message') ?? defaultMessage(when, groupColumns({ by, when })),
    file: yaml.file,
    line: yaml.line(fields.at),
    ...(context.ready !== undefined && { ready: context.ready }),
  };
  if (rule.for_us > 0 && (when.kind === 'every' || when.kind === 'after' || when.kind === 'new'))
    fields.refuse(
      'for',
      `${fields.where}: for does not go with ${when.kind}, which lasts no time; leave it out.`,
    );
  checkTemplate(fields, rule);
  return { ...rule, columns: columnsOf(rule) };
}

function readName(fields: YamlFields, name: string | undefined): string | undefined {
  if (name === undefined) {
    fields.refuseAll('A rule has no name; begin it with "- name:" or "- ready:".');
    return undefined;
  }
  if (/^[A-Za-z0-9][A-Za-z0-9_-]{0,63}$/.test(name)) return name;
  fields.refuse(
    'name',
    `The name "${name.slice(0, 80)}" is not made of 1 to 64 letters, digits, - and _, a letter or digit first.`,
  );
  return undefined;
}

function readChoice<T extends string>(fields: YamlFields, key: string, known: readonly T[]): T | undefined {
  const text = fields.text(key);
  if (text === undefined) return undefined;
  const found = known.find((one) => one === text);
  if (found === undefined) fields.refuse(key, `${key} "${text}" is not known; ${meant(text, known)}.`);
  return found;
}

function readText(fields: YamlFields, key: string): string | undefined {
  const text = fields.text(key);
  if (text === undefined || text.length <= MAX_TEXT) return text;
  fields.refuse(key, `${key} has ${text.length} characters; use at most ${MAX_TEXT}.`);
  return undefined;
}

function readLabels(yaml: YamlText, fields: YamlFields): Record<string, string> {
  const labels: Record<string, string> = {};
  const node = fields.node('labels');
  if (!fields.has('labels') || (isScalar(node) && node.value === null)) return labels;
  if (!isMap(node) || node.items.length > MAX_LABELS) {
    fields.refuse('labels', `labels is no map of at most ${MAX_LABELS} names and texts.`);
    return labels;
  }
  for (const { key, value } of node.items) {
    const name = isScalar(key) ? String(key.value) : '';
    const given = yaml.resolved(value as Parameters<YamlText['resolved']>[0]);
    const text = isScalar(given) && given.value !== null ? scalarText(given) : undefined;
    if (!/^(?!__)[A-Za-z_][A-Za-z0-9_]{0,63}$/.test(name))
      fields.refuse(
        'labels',
        `The label "${name.slice(0, 80)}" is not made of letters, digits and _, a letter first.`,
      );
    else if (text === undefined || text.length > MAX_TEXT)
      fields.refuse('labels', `The label ${name} has no text of at most ${MAX_TEXT} characters.`);
    else labels[name] = text;
  }
  return labels;
}

type Unchecked = Omit<AlertRule, 'columns'>;

function checkTemplate(fields: YamlFields, rule: Unchecked): void {
  const template = parseTemplate(rule.message);
  if ('problem' in template) return fields.refuse('message', `message ${template.problem}.`, template.offset);
  const groups = groupColumns(rule);
  const labels = Object.keys(rule.labels).map((name) => `labels.${name}`);
  const known = [...groups, ...messageFields, ...labels];
  for (const part of template.parts) {
    if (typeof part === 'string' || known.includes(part.field)) continue;
    const why = findColumn(part.field) ? 'is no column of by' : 'is not known';
    const reason = `message names {${part.field}}, which ${why}; ${meant(part.field, known)}.`;
    const offset = rule.message.indexOf(part.field);
    fields.refuse('message', reason, offset < 0 ? undefined : offset - 1);
  }
}

/** What of a row the rule reads. */
function columnsOf(rule: Unchecked): ColumnName[] {
  if (!hasRows(rule.of)) return [];
  const { when } = rule;
  const columns = new Set<ColumnName>(['ts', 'sampling', 'packet_id']);
  const add = (filter: Filter | undefined): void => {
    if (filter) for (const column of filterColumns(filter)) columns.add(column);
  };
  add(rule.filter);
  for (const column of groupColumns(rule)) columns.add(column as ColumnName);
  if (when.kind === 'distinct') columns.add(when.column);
  if (when.kind === 'share') add(when.part.filter);
  if (when.kind === 'after') add(when.before.filter);
  if ('of' in when && when.of === 'bytes') columns.add('len');
  return [...columns];
}
