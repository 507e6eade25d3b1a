import { hostname } from 'node:os';
import { setImmediate as turn } from 'node:timers/promises';
import { Injectable } from '@nestjs/common';
import { type AlertRule } from '#alerts';
import { type AlertMessage } from '#bus';
import { selectLosses, selectRulesetChanges, type LossJson, type RulesetChangeRecord } from '#clickhouse';
import { formatTimestamp } from '#columns';
import { parseInstant } from '#filter';
import { badParameter, Problem } from '../http/problem.js';
import { HubParts } from '../parts.js';
import { QueryService } from '../query/query.service.js';
import { AlertHistory, tableOf } from './alert-history.js';
import { AlertsService } from './alerts.service.js';
import { ruleJson, type RuleJson } from './rule-json.js';
import { RuleTest } from './rule-test.js';
import { RulesetVersions } from './ruleset-versions.js';
import { StoredPages } from './stored-pages.js';
import { type TestRequest } from './test-body.js';
import { ruleOfText } from './test-rule.js';

/** When a rule would have fired. */
export interface RuleTestJson {
  readonly rule: RuleJson;
  readonly searched: {
    readonly since: string;
    /** All before was looked at: earlier than asked for where that was too much. */
    readonly until: string;
    readonly rows: number;
    /** Whether all that was asked for was looked at. */
    readonly complete: boolean;
  };
  /** Firing and resolved, in the order of time. */
  readonly alerts: readonly AlertMessage[];
}

const maxAlerts = 10_000;
const maxRecords = 100_000;
/** Each takes the hub's one thread for most of its time. */
const atOnce = 2;

/** Runs rules over stored packets. */
@Injectable()
export class RuleTestService {
  #running = 0;

  constructor(
    private readonly parts: HubParts,
    private readonly queries: QueryService,
    private readonly alerts: AlertsService,
    private readonly history: AlertHistory,
  ) {}

  /** @throws Problem 400, 404, 422, 429, 503, 504 */
  async test(request: TestRequest, signal: AbortSignal): Promise<RuleTestJson> {
    const rule = this.#rule(request);
    if (this.#running >= atOnce) {
      const problem = new Problem(
        429,
        `${atOnce} tests of alert rules run already; try again when one has ended`,
      );
      problem.retryAfter_s = 5;
      throw problem;
    }
    this.#running++;
    try {
      return await this.#run(rule, request, signal);
    } finally {
      this.#running--;
    }
  }

  #rule({ rule, untilUs }: TestRequest): AlertRule {
    if ('yaml' in rule) return ruleOfText(rule.yaml, untilUs);
    const { rules } = this.alerts.book;
    const found = rules.find(({ name }) => name === rule.name);
    if (found) return found;
    const names = rules.map(({ name }) => name).join(', ') || 'none';
    throw new Problem(404, `there is no alert rule ${JSON.stringify(rule.name)}; in force are ${names}`, {
      field: 'rule',
      value: rule.name,
    });
  }

  async #run(rule: AlertRule, request: TestRequest, signal: AbortSignal): Promise<RuleTestJson> {
    const { sinceUs, untilUs } = request;
    const test = new RuleTest(rule, this.parts.config.alertsMaxGroups, sinceUs);
    await this.history.teach(test.engine, sinceUs, () => signal.aborted, signal);
    const { rows, through_us } = await this.#feed(rule, test, request, signal);
    const alerts = test.transitions.slice(0, maxAlerts);
    const [last] = alerts.slice(-1);
    const cut = test.transitions.length > alerts.length && last !== undefined;
    const until = cut ? last.at : formatTimestamp(through_us);
    return {
      rule: ruleJson(rule, undefined),
      searched: {
        since: formatTimestamp(sinceUs),
        until,
        rows,
        complete: !cut && through_us >= untilUs,
      },
      alerts: alerts.map((alert) => ({ ...alert, hub: hostname(), silenced: false })),
    };
  }

  #feed(
    rule: AlertRule,
    test: RuleTest,
    request: TestRequest,
    signal: AbortSignal,
  ): Promise<{ rows: number; through_us: number }> {
    switch (rule.of) {
      case 'packets':
      case 'hops':
        return this.#feedRows(rule, test, request, signal);
      case 'rulesets':
        return this.#feedRulesets(test, request, signal);
      case 'losses':
        return this.#feedLosses(test, request, signal);
      case 'agents':
        throw badParameter(
          'rule',
          rule.name,
          `rule ${rule.name} is of heartbeats, of which only the newest is kept, and rows cannot stand for them, as an agent without packets is not silent; ` +
            `what it has told so far: visor-cli alerts list --rule ${rule.name}`,
        );
    }
  }

  async #feedRows(rule: AlertRule, test: RuleTest, { sinceUs, untilUs }: TestRequest, signal: AbortSignal) {
    const query = { rule, sinceUs, untilUs, rows: this.parts.config.alertsTestRows };
    const stored = new StoredPages(this.queries, query, signal);
    for await (const page of stored.pages()) {
      await test.page(page);
      if (test.transitions.length > maxAlerts) break;
      await turn();
    }
    await test.passTo(stored.through_us);
    return { rows: stored.rows, through_us: stored.through_us };
  }

  async #feedRulesets(test: RuleTest, { sinceUs, untilUs }: TestRequest, signal: AbortSignal) {
    const versions = new RulesetVersions();
    for (const table of await this.history.tables(sinceUs, signal)) versions.learn(table);
    const statement = selectRulesetChanges(sinceUs, untilUs, maxRecords);
    const { rows } = await this.queries.document<RulesetChangeRecord>(statement, { signal });
    for (const change of rows.map(tableOf))
      if (versions.take(change))
        await test.at(change.at_us, (engine) => engine.ruleset(change.agent, change.at_us, change));
    return this.#through(test, rows, maxRecords, untilUs, ({ at }) => at);
  }

  /** As heartbeats told of them: sums by cause, of each agent's run. One heartbeat tells of several causes at once. */
  async #feedLosses(test: RuleTest, { sinceUs, untilUs }: TestRequest, signal: AbortSignal) {
    const query = { filter: undefined, sinceUs, untilUs, take: { first: maxRecords } };
    const { rows } = await this.queries.document<LossJson>(selectLosses(query), { signal });
    const lost = new Map<string, Record<string, number>>();
    for (const [at, { agent_id, run, cause, events, until }] of rows.entries()) {
      const key = JSON.stringify([agent_id, run]);
      const sums = lost.get(key) ?? {};
      const at_us = parseInstant(until);
      if (!lost.has(key))
        await test.at(at_us - 1, (engine) => engine.heartbeat(agent_id, at_us - 1, { run, lost: {} }));
      lost.set(key, sums);
      sums[cause] = (sums[cause] ?? 0) + events;
      const next = rows[at + 1];
      if (next?.agent_id === agent_id && next.run === run && next.until === until) continue;
      await test.at(at_us, (engine) => engine.heartbeat(agent_id, at_us, { run, lost: { ...sums } }));
    }
    return this.#through(test, rows, maxRecords, untilUs, ({ until }) => parseInstant(until));
  }

  /** Where there were more than were asked for, only what was before the last of them is known. */
  async #through<T>(
    test: RuleTest,
    rows: readonly T[],
    most: number,
    untilUs: number,
    at: (row: T) => number,
  ) {
    const last = rows.at(-1);
    const through_us = rows.length === most && last ? at(last) : untilUs;
    await test.passTo(through_us);
    return { rows: rows.length, through_us };
  }
}
