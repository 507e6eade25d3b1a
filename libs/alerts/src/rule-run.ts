import { createHash } from 'node:crypto';
import { formatTimestamp, type ColumnName } from '#columns';
import { toPredicate, type RowTest } from '#filter';
import { type BatchView } from './batch-view.js';
import { type RuleCounters, type RuleState } from './engine-types.js';
import { type Group, type GroupOwner } from './group.js';
import { groupKey, type GroupCodes } from './group-codes.js';
import { makeGroup } from './make-group.js';
import { takes, type Mask, type Masks } from './masks.js';
import { type AlertRule, groupColumns, thresholdOf, windowOf } from './rule.js';
import { parseTemplate, renderMessage, type Template } from './template.js';
import { type AlertTransition } from './transition.js';

/** Characters of a group's value and of a message: a rule's text may be as long as its sets. Who reads alerts takes no more. */
const MAX_VALUE = 4096;
const MAX_MESSAGE = 8192;

/** Something that is told of no packet: a heartbeat, a change of a ruleset. */
export interface Occurrence {
  readonly at_us: number;
  readonly weight: number;
  readonly values: Readonly<Record<string, string>>;
}

/** One rule with its groups. */
export class RuleRun implements GroupOwner {
  readonly groups = new Map<string, Group>();
  readonly counters: RuleCounters = {
    matched: 0,
    groupsDropped: 0,
    lateRows: 0,
    suppressed: 0,
    groups: 0,
    firing: 0,
  };
  knownSince_us = Infinity;
  /** It was told what there was before. */
  learned = false;
  for_us = 0;
  coolDown_us = 0;
  resolveAfter_us = 0;
  #rule: AlertRule;
  #template: Template = { parts: [] };
  readonly #by: readonly string[];
  readonly #takesOccurrence: RowTest;
  #occurrence: Occurrence | undefined;
  // Of the batch at hand.
  #view: BatchView | undefined;
  #place = -1;
  /** By the view's code of it. */
  #local: (Group | undefined)[] = [];
  #generation = -1;

  constructor(
    rule: AlertRule,
    private readonly maxGroups: number,
    private readonly emit: (transition: AlertTransition) => void,
  ) {
    this.#rule = rule;
    this.#by = groupColumns(rule);
    this.#takesOccurrence = toPredicate(rule.filter)({
      rows: 1,
      get: (column) => (this.#occurrence?.values[column] ?? '') as never,
    });
    this.use(rule);
  }

  get rule(): AlertRule {
    return this.#rule;
  }

  /** Another wording of the same rule. */
  use(rule: AlertRule): void {
    this.#rule = rule;
    const template = parseTemplate(rule.message);
    this.#template = 'parts' in template ? template : { parts: [rule.message] };
    this.for_us = rule.for_us;
    this.coolDown_us = rule.coolDown_us;
    this.resolveAfter_us = rule.resolveAfter_us;
    for (const group of this.groups.values()) group.replan();
  }

  /** Its time begins with the first that is known. */
  start(at_us: number): void {
    if (this.knownSince_us !== Infinity) return;
    this.knownSince_us = at_us;
    const { when } = this.#rule;
    const below = 'limit' in when && when.limit.op === 'below';
    if (this.#by.length === 0 && (below || when.kind === 'absent')) this.#make('', [], at_us);
  }

  /** The rows of a batch. */
  take(view: BatchView, masks: Masks, filter: number, other: number): void {
    const rows = view.rows.length;
    const { when } = this.#rule;
    if (rows === 0) return;
    this.start(view.times[0] as number);
    const mask = masks.mask(filter, view);
    const second = other < 0 ? undefined : masks.mask(other, view);
    if (when.kind === 'after' && second) this.#takeAfter(view, mask, second);
    else if (mask.taken !== 'none') this.#takeRows(view, mask, second);
    this.#place = -1;
  }

  #takeRows(view: BatchView, mask: Mask, part: Mask | undefined): void {
    const { when } = this.#rule;
    const places = mask.places(view.rows.length);
    const { times } = view;
    const groups = this.#begin(view);
    const { codes } = groups;
    const local = this.#local;
    const weights = view.weights('of' in when ? when.of : 'packets');
    const values = when.kind === 'distinct' ? view.column(when.column) : undefined;
    for (let at = 0; at < mask.count; at++) {
      const place = places[at] as number;
      const code = codes[place] as number;
      let group = local[code];
      if (!group || group.gone) group = this.#find(groups, code, place, times[place] as number);
      if (!group) {
        this.counters.groupsDropped++;
        continue;
      }
      this.#place = place;
      let extra: unknown;
      if (values) extra = values.text(values.codes[place] as number);
      else if (part) extra = takes(part, place);
      group.add(times[place] as number, weights[place] as number, extra);
    }
    this.counters.matched += mask.count;
  }

  /** Rows of two filters, each of which has its part. */
  #takeAfter(view: BatchView, mask: Mask, before: Mask): void {
    if (mask.taken === 'none' && before.taken === 'none') return;
    const { times } = view;
    const groups = this.#begin(view);
    for (let place = 0; place < view.rows.length; place++) {
      const roles = (takes(before, place) ? 1 : 0) | (takes(mask, place) ? 2 : 0);
      if (roles === 0) continue;
      if (roles & 2) this.counters.matched++;
      const code = groups.codes[place] as number;
      const at_us = times[place] as number;
      let group = this.#local[code];
      if (!group || group.gone) group = this.#find(groups, code, place, at_us);
      this.#place = place;
      if (group) group.add(at_us, 1, roles);
      else this.counters.groupsDropped++;
    }
  }

  occur(occurrence: Occurrence): void {
    this.#occurrence = occurrence;
    this.start(occurrence.at_us);
    if (!this.#takesOccurrence(0)) return;
    this.counters.matched++;
    const values = this.#by.map((name) => occurrence.values[name] ?? '');
    const group = this.groupOf(values, occurrence.at_us);
    if (group) group.add(occurrence.at_us, occurrence.weight);
    else this.counters.groupsDropped++;
  }

  advance(to_us: number): void {
    this.start(to_us);
    for (const [key, group] of this.groups) {
      group.advance(to_us);
      if (!group.forgettable) continue;
      group.gone = true;
      this.groups.delete(key);
    }
  }

  /** As AlertEngine.missedHeartbeats. */
  excuse(): void {
    for (const group of this.groups.values()) group.excuse();
  }

  /** The rule is gone: its alerts resolve. */
  end(at_us: number): void {
    for (const group of this.groups.values()) group.end(Math.max(at_us, group.clock_us));
  }

  /** @returns the group of these values; undefined where there is no room */
  groupOf(values: readonly string[], at_us: number): Group | undefined {
    const key = groupKey(values);
    return this.groups.get(key) ?? this.#make(key, values, at_us);
  }

  #begin(view: BatchView): GroupCodes {
    this.#view = view;
    const groups = view.groups(this.#by as readonly ColumnName[]);
    if (groups.generation !== this.#generation) {
      this.#generation = groups.generation;
      this.#local = [];
    }
    // Without holes: an array that has many is slow.
    for (let code = this.#local.length; code < groups.size; code++) this.#local.push(undefined);
    return groups;
  }

  #find(groups: GroupCodes, code: number, place: number, at_us: number): Group | undefined {
    const key = groups.key(code, place);
    const group = this.groups.get(key) ?? this.#make(key, groups.values(place), at_us);
    this.#local[code] = group;
    return group;
  }

  #make(key: string, values: readonly string[], at_us: number): Group | undefined {
    if (this.groups.size >= this.maxGroups) return undefined;
    const group = makeGroup(this.#rule.when, this, values, at_us);
    this.groups.set(key, group);
    return group;
  }

  load({ since, learned, groups }: RuleState): void {
    this.knownSince_us = since ?? Infinity;
    this.learned = learned;
    for (const state of groups) {
      const group = makeGroup(this.#rule.when, this, state.v, state.c);
      group.load(state);
      this.groups.set(groupKey(state.v), group);
      if (group.alert) this.counters.firing++;
    }
  }

  evidence(): string | null {
    if (this.#place < 0 || !this.#view) return null;
    const { source, rows } = this.#view;
    return source.get('packet_id', rows[this.#place] as number).toString();
  }

  late(): void {
    this.counters.lateRows++;
  }
  suppressed(): void {
    this.counters.suppressed++;
  }

  fire(group: Group, at_us: number): AlertTransition {
    const transition = this.#transition(group, at_us);
    this.counters.firing++;
    this.emit(transition);
    return transition;
  }

  resolve(group: Group, firing: AlertTransition, at_us: number): void {
    const at = formatTimestamp(at_us);
    this.counters.firing--;
    this.emit({ ...firing, state: 'resolved', value: exact(group.value), at, resolved_at: at });
  }

  #transition(group: Group, at_us: number): AlertTransition {
    const { name, severity, labels, when, description, filterText } = this.#rule;
    const value = exact(group.value);
    const values = Object.fromEntries(
      this.#by.map((column, i) => [column, clip(group.values[i] ?? '', MAX_VALUE)]),
    );
    const started_at = formatTimestamp(group.holdsSince);
    const window_us = windowOf(when);
    return {
      id: alertId(name, group.values, started_at),
      rule: name,
      severity,
      state: 'firing',
      group: values,
      labels,
      value,
      threshold: thresholdOf(when),
      message: clip(renderMessage(this.#template, this.#rule, values, value), MAX_MESSAGE),
      description,
      started_at,
      at: formatTimestamp(at_us),
      resolved_at: null,
      window_ms: window_us === undefined ? null : window_us / 1000,
      filter: filterText,
      packet_id: group.packetId,
    };
  }
}

const clip = (text: string, most: number): string =>
  text.length > most ? `${text.slice(0, most - 1)}…` : text;

/** Sums of fractions differ in their last digits by the order of their parts. */
const exact = (value: number | null): number | null =>
  value === null ? null : Number(value.toPrecision(12));

/** @returns the same for the same alert, whichever hub saw it */
function alertId(rule: string, values: readonly string[], started_at: string): string {
  const of = JSON.stringify([rule, values, started_at]);
  return createHash('sha256').update(of).digest('hex').slice(0, 32);
}
