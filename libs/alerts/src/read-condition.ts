import { isMap, isScalar } from 'yaml';
import { type ColumnName } from '#columns';
import { meant } from './nearest.js';
import { DAY_US, readColumns, readDuration, readFilter, type RuleContext } from './read-parts.js';
import { amounts, type AlertSource, type Amount, type Condition, type Limit } from './rule.js';
import { type YamlFields } from './yaml-fields.js';

const MAX_DISTINCT = 10_000;
const MIN_SHARE = 10;
const MIN_DEVIATION = 100;

/** Each condition's key, and what else it takes. */
const conditions = {
  every: [],
  count: ['above', 'below', 'window'],
  rate: ['above', 'below', 'window'],
  distinct: ['above', 'below', 'window'],
  share: ['above', 'below', 'window', 'min'],
  absent: ['window'],
  after: ['window'],
  new: ['learn'],
  deviation: ['window'],
} as const satisfies Record<Condition['kind'], readonly string[]>;

const kinds = Object.keys(conditions) as Condition['kind'][];
const conditionKeys: readonly string[] = [...kinds, 'above', 'below', 'window', 'min', 'learn'];
/** What can be asked of what has no rows. */
const withoutRows: readonly Condition['kind'][] = ['every', 'count', 'rate', 'absent'];

interface Context extends RuleContext {
  readonly of: AlertSource;
}

/** @returns the rule's `when`; undefined where faults were told */
export function readCondition(rule: YamlFields, context: Context): Condition | undefined {
  if (!rule.has('when')) {
    rule.refuseAll(`The rule has no "when"; use one of ${kinds.join(', ')}, as when: {every: true}.`);
    return undefined;
  }
  const fields = rule.nested('when');
  if (!fields.read(rule.node('when'), conditionKeys)) return undefined;
  const found = kinds.filter((kind) => fields.has(kind));
  const [kind] = found;
  if (kind === undefined || found.length > 1) {
    const what = found.length > 1 ? `has ${found.join(' and ')}` : 'has no condition';
    fields.refuseAll(`when ${what}; use one of ${kinds.join(', ')}.`);
    return undefined;
  }
  const allowed: readonly string[] = [kind, ...conditions[kind]];
  const strange = fields.names.find((name) => !allowed.includes(name));
  if (strange !== undefined) {
    fields.refuse(strange, `when: ${strange} does not go with ${kind}; ${meant(strange, conditions[kind])}.`);
    return undefined;
  }
  if (!hasRows(context.of) && !withoutRows.includes(kind)) {
    fields.refuse(
      kind,
      `when: ${kind} does not go with "of: ${context.of}"; use one of ${withoutRows.join(', ')}.`,
    );
    return undefined;
  }
  return readers[kind](fields, context);
}

/** What is wrong with a filter is told where it is read. */
const isBlank = (fields: YamlFields, key: string): boolean => {
  const node = fields.node(key);
  return isScalar(node) && typeof node.value === 'string' && node.value.trim() === '';
};

type Reader = (fields: YamlFields, context: Context) => Condition | undefined;

const readers = {
  every: (fields) => (isTrue(fields, 'every') ? { kind: 'every' } : undefined),
  count: (fields, context) => {
    const [of, limit, window_us] = [
      readAmount(fields, 'count', context),
      readLimit(fields),
      readWindow(fields),
    ];
    return of && limit && window_us ? { kind: 'count', of, limit, window_us } : undefined;
  },
  rate: (fields, context) => {
    const [of, limit, window_us] = [
      readAmount(fields, 'rate', context),
      readLimit(fields),
      readWindow(fields),
    ];
    return of && limit && window_us ? { kind: 'rate', of, limit, window_us } : undefined;
  },
  distinct: (fields, { of }) => {
    const [column] = readColumns(fields, 'distinct', of, 1) ?? [];
    const [limit, window_us] = [readLimit(fields, MAX_DISTINCT), readWindow(fields)];
    return column && limit && window_us
      ? { kind: 'distinct', column: column as ColumnName, limit, window_us }
      : undefined;
  },
  share: (fields, { now_us, of }) => {
    const part = readFilter(fields, 'share', now_us, of);
    if (isBlank(fields, 'share')) fields.refuse('share', 'when: share is no filter of the part that counts.');
    const min = fields.has('min') ? fields.number('min', 1, 1e12) : MIN_SHARE;
    const [limit, window_us] = [readLimit(fields, 1), readWindow(fields)];
    return part && min && limit && window_us ? { kind: 'share', part, min, limit, window_us } : undefined;
  },
  absent: (fields) => {
    const window_us = readWindow(fields);
    return isTrue(fields, 'absent') && window_us ? { kind: 'absent', window_us } : undefined;
  },
  after: (fields, { now_us, of }) => {
    const before = readFilter(fields, 'after', now_us, of);
    if (isBlank(fields, 'after'))
      fields.refuse('after', 'when: after is no filter of the rows that come before.');
    const window_us = readWindow(fields);
    return before && window_us ? { kind: 'after', before, window_us } : undefined;
  },
  new: (fields, { of }) => {
    const columns = readColumns(fields, 'new', of, 8);
    if (columns?.length === 0) fields.refuse('new', 'when: new names no column; use for instance [ip_src].');
    const learn_us = fields.has('learn') ? readDuration(fields, 'learn', 1e6, 30 * DAY_US) : DAY_US;
    return columns?.length && learn_us
      ? { kind: 'new', columns: columns as ColumnName[], learn_us }
      : undefined;
  },
  deviation: readDeviation,
} satisfies Record<Condition['kind'], Reader>;

function readDeviation(fields: YamlFields, context: Context): Condition | undefined {
  const window_us = readWindow(fields, 60e6);
  const node = fields.node('deviation');
  if (!isMap(node)) {
    fields.refuse('deviation', 'when: deviation is no map; use for instance {of: packets, factor: 3}.');
    return undefined;
  }
  const own = fields.nested('deviation');
  own.read(node, ['of', 'factor', 'min', 'same-hour-before']);
  const of = own.has('of') ? readAmount(own, 'of', context) : 'packets';
  if (own.has('same-hour-before')) isTrue(own, 'same-hour-before');
  const min = own.has('min') ? own.number('min', 1, 1e15) : MIN_DEVIATION;
  const factor = own.number('factor', 0.001, 1e6);
  if (!own.has('factor'))
    own.refuseAll('deviation has no factor; use for instance 3 (three times as many) or 0.2.');
  if (factor === 1) own.refuse('factor', 'deviation: factor 1 is no deviation; use one above or below 1.');
  if (!of || !min || !factor || factor === 1 || !window_us) return undefined;
  return { kind: 'deviation', of, factor, min, window_us };
}

export const hasRows = (of: AlertSource): boolean => of === 'packets' || of === 'hops';

function isTrue(fields: YamlFields, key: string): boolean {
  const node = fields.node(key);
  if (isScalar(node) && node.value === true) return true;
  fields.refuse(key, `${fields.where}: ${key} is only ever true.`);
  return false;
}

/** `true` counts packets. */
function readAmount(fields: YamlFields, key: string, { of }: Context): Amount | undefined {
  const text = fields.text(key);
  const amount = text === 'true' ? 'packets' : amounts.find((one) => one === text);
  if (amount === undefined) {
    fields.refuse(key, `${fields.where}: ${key} "${text ?? ''}" is not known; use packets or bytes.`);
  } else if (amount === 'bytes' && !hasRows(of)) {
    fields.refuse(key, `${fields.where}: ${of} have no bytes; use ${key}: true.`);
    return undefined;
  }
  return amount;
}

function readLimit(fields: YamlFields, most = 1e15): Limit | undefined {
  const ops = (['above', 'below'] as const).filter((op) => fields.has(op));
  const [op] = ops;
  if (op === undefined || ops.length > 1) {
    fields.refuseAll(
      `when has ${op ? 'both above and below' : 'no limit'}; use above: or below: with a number.`,
    );
    return undefined;
  }
  const value = fields.number(op, 0, most);
  return value === undefined ? undefined : { op, value };
}

function readWindow(fields: YamlFields, from_us = 1e6): number | undefined {
  if (fields.has('window')) return readDuration(fields, 'window', from_us, 7 * DAY_US);
  fields.refuseAll('when has no window; use for instance window: 1m.');
  return undefined;
}

const messages = {
  every: 'a packet matches',
  count: '{value} (limit {threshold}) within {window}',
  rate: '{value} a second (limit {threshold}) over {window}',
  distinct: '{value} different values (limit {threshold}) within {window}',
  share: 'a share of {value} (limit {threshold}) within {window}',
  absent: 'nothing for {value} s',
  after: 'a packet follows one that it should not',
  new: 'never seen before',
  deviation: '{value} times as much as in the same hour of the day before (limit {threshold})',
} satisfies Record<Condition['kind'], string>;

/** @returns the message of a rule that has none */
export function defaultMessage(when: Condition, groups: readonly string[]): string {
  const of = groups.map((column) => `${column} {${column}}`).join(', ');
  return `{rule}: ${messages[when.kind]}${of && ` (${of})`}`;
}
