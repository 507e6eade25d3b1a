import { Injectable } from '@nestjs/common';
import { type RulesetMessage } from '#bus';
import {
  type RulesetJson,
  type RulesetQuery,
  type RulesetTextJson,
  selectRulesets,
  selectRulesetText,
} from '#clickhouse';
import { type Filter } from '#filter';
import { HubParts } from '../parts.js';
import { QueryService } from '../query/query.service.js';

/** Rulesets of ClickHouse. */
@Injectable()
export class RulesetRepository {
  constructor(
    private readonly parts: HubParts,
    private readonly queries: QueryService,
  ) {}

  /** @throws StoreError */
  store({ agent, at_us, content, ...change }: RulesetMessage): Promise<void> {
    const record = { change: { ...change, agent_id: agent }, at_us };
    if (!content) return this.parts.store.storeRuleset(record);
    const { text, ...structure } = content;
    const told = { text, json: JSON.stringify(structure), rules: content.rules.length };
    return this.parts.store.storeRuleset({ ...record, text: told });
  }

  /** @throws Problem */
  async list(query: RulesetQuery, signal: AbortSignal): Promise<RulesetJson[]> {
    return (await this.queries.document<RulesetJson>(selectRulesets(query), { signal })).rows;
  }

  /** @returns undefined where no agent told the version's text @throws Problem */
  async text(
    version: string,
    where: Filter | undefined,
    signal: AbortSignal,
  ): Promise<RulesetTextJson | undefined> {
    const statement = selectRulesetText(version, where);
    return (await this.queries.document<RulesetTextJson>(statement, { signal })).rows[0];
  }

  /** Deletes what no row names any more. @throws StoreError */
  prune(now_us: number): Promise<void> {
    return this.parts.store.pruneRulesets(now_us, this.parts.config.clickhouseTtlDays);
  }
}
