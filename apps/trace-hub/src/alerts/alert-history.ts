import { Injectable } from '@nestjs/common';
import { Repeats } from '#app-kit';
import { type AlertEngine, type HistoryRequest, type HistoryRow } from '#alerts';
import {
  aggregateNeeds,
  metricName,
  rowKinds,
  selectAggregate,
  selectRulesetsBefore,
  type AggregateQuery,
  type AggregateRecord,
  type GroupKey,
  type Metric,
  type RulesetChangeRecord,
} from '#clickhouse';
import { parseInstant } from '#filter';
import { SourceService } from '../aggregate/source.service.js';
import { Problem } from '../http/problem.js';
import { HubParts } from '../parts.js';
import { QueryService } from '../query/query.service.js';
import { type TableVersion } from './ruleset-versions.js';

const hour_us = 3600e6;
/** Values and hours that one rule is told. */
const maxRows = 200_000;
const maxTables = 50_000;

/** @returns a change as the engine is told of it */
export const tableOf = ({ agent_id: agent, at: at_us, ...table }: RulesetChangeRecord): TableVersion => ({
  agent,
  at_us,
  ...table,
});

/** Tells rules what the store knows of the time before they saw rows: talkers that are not new, and counts of hours. */
@Injectable()
export class AlertHistory {
  readonly #repeats: Repeats;

  constructor(
    parts: HubParts,
    private readonly source: SourceService,
    private readonly queries: QueryService,
  ) {
    this.#repeats = new Repeats(parts.log);
  }

  /** Answers what rules ask for; one that cannot be answered learns by itself. @param ended whether nobody wants it any more */
  async teach(
    engine: Pick<AlertEngine, 'historyRequests' | 'learn'>,
    now_us: number,
    ended: () => boolean,
    signal = new AbortController().signal,
  ): Promise<void> {
    for (const request of engine.historyRequests(now_us)) {
      try {
        const rows = await this.#ask(request, signal);
        if (ended()) return;
        if (rows) engine.learn(request, rows);
      } catch (error) {
        if (ended() || signal.aborted) return;
        if (!(error instanceof Problem)) throw error;
        const { name } = request.rule;
        this.#repeats.warn(name, `alert rule ${name} learns by itself: ${error.message}`);
      }
    }
  }

  /** @returns the versions that tables had before a time; none where the store does not answer */
  async tables(until_us: number, signal = new AbortController().signal): Promise<TableVersion[]> {
    try {
      const statement = selectRulesetsBefore(until_us, maxTables);
      const { rows } = await this.queries.document<RulesetChangeRecord>(statement, { signal });
      return rows.map(tableOf);
    } catch (error) {
      if (!(error instanceof Problem)) throw error;
      this.#repeats.warn('rulesets', `alert rules learn rulesets by themselves: ${error.message}`);
      return [];
    }
  }

  /** @returns undefined where there is more than it may be told */
  async #ask(request: HistoryRequest, signal: AbortSignal): Promise<HistoryRow[] | undefined> {
    const { columns, filter, from_us, until_us, decisive } = request;
    const metric: Metric = { kind: 'count', of: decisive ? request.of : 'hops' };
    const by: GroupKey[] = [...columns, 'time'];
    const query: AggregateQuery = {
      by,
      bucket_us: hour_us,
      step_us: hour_us,
      filter,
      select: [metric],
      having: [],
      sort: [],
      limit: maxRows,
      others: false,
    };
    const { rows } = await this.source.ask<AggregateRecord>({
      needs: aggregateNeeds(query),
      range: { from_us, to_us: until_us },
      statement: (plan) => selectAggregate(query, plan),
      any: () => true,
      signal,
    });
    const groups = rows.filter((row) => row['row_kind'] === rowKinds.group);
    if (groups.length > maxRows) return undefined;
    return groups.map((row) => ({
      values: Object.fromEntries(columns.map((column) => [column, String(row[column] ?? '')])),
      at_us: timeOf(request, parseInstant(String(row['time']))),
      sum: Number(row[metricName(metric)]),
    }));
  }
}

/** Rows are told by the hour: of values it counts when the last of them may have been. */
const timeOf = ({ kind, until_us }: HistoryRequest, hour: number): number =>
  kind === 'hours' ? hour : Math.min(hour + hour_us, until_us);
