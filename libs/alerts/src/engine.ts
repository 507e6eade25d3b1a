import { type ColumnName, type RowSource } from '#columns';
import { AgentBook } from './agent-book.js';
import { BatchView, type Clock } from './batch-view.js';
import {
  type EngineCounters,
  type EngineOptions,
  type EngineSnapshot,
  type HeartbeatFacts,
  type RuleCounters,
  type RulesetFacts,
} from './engine-types.js';
import { answerHistory, requestHistory } from './history-answers.js';
import { type HistoryRequest, type HistoryRow } from './history.js';
import { Masks } from './masks.js';
import { RuleRun, type Occurrence } from './rule-run.js';
import { type AlertRule, type AlertSource } from './rule.js';
import { stateKey } from './rule-key.js';
import { checkSnapshot, resolvedAt, saveRules } from './snapshot.js';
import { type AlertTransition } from './transition.js';

const LATENESS_US = 2_000_000;
const MAX_AHEAD_US = 300_000_000;
const MAX_SNAPSHOT_GROUPS = 20_000;

/** A rule and its filters' numbers among the masks. */
interface Entry {
  readonly run: RuleRun;
  readonly filter: number;
  /** Of the share's part or of the row before; -1 = there is none. */
  readonly other: number;
}

/**
 * Evaluates rules over rows, heartbeats and ruleset changes. It has no clock of its own and does no I/O. A rule's
 * transitions follow from its rows and their order alone, however they are cut into batches.
 */
export class AlertEngine {
  #runs = new Map<string, RuleRun>();
  #masks = new Masks();
  #packets: Entry[] = [];
  #hops: Entry[] = [];
  readonly #packetView = new BatchView();
  readonly #hopView = new BatchView();
  readonly #agents = new AgentBook();
  #rowsAt = new Uint32Array(0);
  #pending: AlertTransition[] = [];
  #now_us = 0;
  /** What `hear` was told last. */
  #heard_us = 0;
  #evaluatedRows = 0;
  #snapshotGroupsDropped = 0;

  /** @throws RangeError for two rules of one name */
  constructor(
    rules: readonly AlertRule[],
    readonly options: EngineOptions,
  ) {
    this.replaceRules(rules);
  }

  get rules(): readonly AlertRule[] {
    return [...this.#runs.values()].map(({ rule }) => rule);
  }

  /**
   * Keeps the state of rules whose source, filter, groups and condition are the same; alerts of those that are gone
   * resolve.
   *
   * @throws RangeError for two rules of one name
   */
  replaceRules(rules: readonly AlertRule[]): void {
    const before = this.#runs;
    const runs = new Map<string, RuleRun>();
    for (const rule of rules) {
      if (runs.has(rule.name)) throw new RangeError(`There are two rules "${rule.name}".`);
      const known = before.get(rule.name);
      const same = known && stateKey(known.rule) === stateKey(rule) ? known : undefined;
      same?.use(rule);
      runs.set(rule.name, same ?? this.#run(rule));
    }
    const kept = new Set(runs.values());
    for (const run of before.values()) if (!kept.has(run)) run.end(this.#cutoff_us);
    this.#runs = runs;
    this.#compile();
  }

  /**
   * Rows of one batch.
   *
   * @param order the batch's rows by time
   * @param decisive the places in `order` of the rows that decided a packet's fate, ascending
   */
  rows(batch: RowSource, decisive: Uint32Array, order: Uint32Array, _agent: string): void {
    this.#evaluatedRows += batch.rows;
    if (this.#packets.length > 0 && decisive.length > 0) {
      if (this.#rowsAt.length < decisive.length) this.#rowsAt = new Uint32Array(2 * decisive.length);
      const rows = this.#rowsAt.subarray(0, decisive.length);
      for (let i = 0; i < rows.length; i++) rows[i] = order[decisive[i] as number] as number;
      this.#packetView.fill(batch, rows, this.#clock);
      this.#take(this.#packetView, this.#packets);
    }
    if (this.#hops.length > 0 && order.length > 0) {
      this.#hopView.fill(batch, order, this.#clock);
      this.#take(this.#hopView, this.#hops);
    }
  }

  /** @param at_us when the hub got it: an agent's own clock may be wrong. One that comes again counts once. */
  heartbeat(agent: string, at_us: number, facts: HeartbeatFacts): void {
    const losses = this.#agents.take(agent, at_us, facts);
    if (!losses) return;
    this.#occur('agents', { at_us, weight: 1, values: { agent_id: agent } });
    for (const { cause, events } of losses)
      this.#occur('losses', { at_us, weight: events, values: { agent_id: agent, cause } });
  }

  /** @param at_us as of a heartbeat */
  ruleset(agent: string, at_us: number, { family, table, netns }: RulesetFacts): void {
    this.#occur('rulesets', { at_us, weight: 1, values: { agent_id: agent, family, table, netns } });
  }

  /**
   * Time goes on: windows close, absence shows, alerts fire after `for` and resolve. At least once a second; while old
   * rows are read again, with their time.
   */
  tick(now_us: number): void {
    if (now_us <= this.#now_us) return;
    this.#now_us = now_us;
    for (const run of this.#runs.values()) run.advance(this.#cutoff_us);
  }

  /** It is so late, by the clock of whoever hands out rows: they are not far ahead. Nothing closes. */
  hear(now_us: number): void {
    this.#heard_us = Math.max(this.#heard_us, now_us);
  }

  /** Nobody took heartbeats for a while: whose next one comes was not silent until then, as far as anybody knows. */
  missedHeartbeats(): void {
    for (const run of this.#runs.values()) if (run.rule.of === 'agents') run.excuse();
  }

  /** The alert `id`, which fires, is one that was told of before as `known`: it ends as that one. */
  rename(id: string, known: AlertTransition): void {
    for (const group of this.#runs.get(known.rule)?.groups.values() ?? [])
      if (group.alert?.id === id) group.alert = known;
  }

  /** @returns what fired or resolved since the call before, by time */
  drain(): AlertTransition[] {
    const drained = this.#pending.sort((a, b) => compare(a.at, b.at) || compare(a.rule, b.rule));
    this.#pending = [];
    return drained;
  }

  /** @returns the alerts that fire now, as they fired */
  firing(): AlertTransition[] {
    const alerts: AlertTransition[] = [];
    for (const run of this.#runs.values())
      if (run.counters.firing > 0) for (const { alert } of run.groups.values()) if (alert) alerts.push(alert);
    return alerts.sort((a, b) => compare(a.at, b.at) || compare(a.rule, b.rule));
  }

  /** @returns what `learn` would like to be told; empty once it was. Ask again after replaceRules and restore. */
  historyRequests(now_us: number): HistoryRequest[] {
    return [...this.#runs.values()].flatMap((run) => requestHistory(run, now_us) ?? []);
  }

  /** Answers a request: all there is between `from_us` and `until_us`. */
  learn(request: HistoryRequest, rows: readonly HistoryRow[]): void {
    const run = this.#runs.get(request.rule.name);
    if (run && stateKey(run.rule) === stateKey(request.rule)) answerHistory(run, request, rows);
  }

  /** @returns the state as JSON, of bounded size; transitions that were not drained are in it */
  snapshot(): EngineSnapshot {
    const { rules, dropped } = saveRules(
      [...this.#runs.values()],
      this.options.maxSnapshotGroups ?? MAX_SNAPSHOT_GROUPS,
    );
    this.#snapshotGroupsDropped = dropped;
    return {
      version: 1,
      now_us: this.#now_us,
      agents: this.#agents.save(),
      rules,
      pending: [...this.#pending],
    };
  }

  /**
   * Into an engine that has seen nothing. Rules that ask something else since then begin anew, and alerts of those that
   * are gone resolve.
   *
   * @throws RangeError for what is no snapshot
   */
  restore(snapshot: unknown): void {
    const { now_us, agents, rules, pending } = checkSnapshot(snapshot);
    this.#now_us = now_us;
    this.#agents.load(agents);
    this.#pending.push(...pending);
    for (const [name, state] of Object.entries(rules)) {
      const run = this.#runs.get(name);
      if (run && stateKey(run.rule) === state.key) run.load(state);
      else for (const { a: alert } of state.groups) if (alert) this.#pending.push(resolvedAt(alert, now_us));
    }
  }

  get counters(): EngineCounters {
    const rules: Record<string, Readonly<RuleCounters>> = {};
    for (const [name, { counters, groups }] of this.#runs) rules[name] = { ...counters, groups: groups.size };
    return {
      evaluatedRows: this.#evaluatedRows,
      snapshotGroupsDropped: this.#snapshotGroupsDropped,
      rules,
    };
  }

  /** Columns that a source of rows must have for these rules. */
  get columns(): readonly ColumnName[] {
    return [...new Set(this.rules.flatMap(({ columns }) => columns))];
  }

  get #clock(): Clock | undefined {
    const now_us = Math.max(this.#now_us, this.#heard_us);
    if (now_us === 0) return undefined;
    return { now_us, latest_us: now_us + (this.options.maxAhead_us ?? MAX_AHEAD_US) };
  }

  get #cutoff_us(): number {
    return this.#now_us - (this.options.lateness_us ?? LATENESS_US);
  }

  #run(rule: AlertRule): RuleRun {
    return new RuleRun(rule, this.options.maxGroups, (transition) => this.#pending.push(transition));
  }

  #take(view: BatchView, entries: readonly Entry[]): void {
    for (const { run, filter, other } of entries) run.take(view, this.#masks, filter, other);
  }

  #occur(of: AlertSource, occurrence: Occurrence): void {
    for (const run of this.#runs.values()) if (run.rule.of === of) run.occur(occurrence);
  }

  #compile(): void {
    this.#masks = new Masks();
    this.#packets = this.#entries('packets');
    this.#hops = this.#entries('hops');
  }

  #entries(of: AlertSource): Entry[] {
    const masks = this.#masks;
    return [...this.#runs.values()]
      .filter(({ rule }) => rule.of === of)
      .map((run) => {
        const { filter, when } = run.rule;
        const second = when.kind === 'share' ? when.part : when.kind === 'after' ? when.before : undefined;
        return { run, filter: masks.add(filter), other: second ? masks.add(second.filter) : -1 };
      });
  }
}

const compare = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);
