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
import { linesOf } from '../read/answer.js';

/** Rulesets of ClickHouse. */
@Injectable()
export class RulesetRepository {
  constructor(private readonly parts: HubParts) {}

  /** @throws StoreError */
  store({ agent, at_us, content, ...change }: RulesetMessage): Promise<void> {
    const record = { change: { ...change, agent_id: agent }, at_us };
    if (!content) return this.parts.store.storeRuleset(record);
    const { text, ...structure } = content;
    const told = { text, json: JSON.stringify(structure), rules: content.rules.length };
    return this.parts.store.storeRuleset({ ...record, text: told });
  }

  /** @returns versions (RulesetJson) as NDJSON, in chunks of whole lines; StoreError when it fails */
  async *chunks(query: RulesetQuery): AsyncGenerator<string> {
    const decoder = new TextDecoder();
    for await (const chunk of this.parts.store.queryStream(selectRulesets(query)))
      yield decoder.decode(chunk);
  }

  /** @throws StoreError */
  async list(query: RulesetQuery): Promise<RulesetJson[]> {
    const found: RulesetJson[] = [];
    for await (const chunk of this.chunks(query)) {
      found.push(...linesOf(chunk).map((line) => JSON.parse(line) as RulesetJson));
    }
    return found;
  }

  /** @returns undefined where no agent told the version's text @throws StoreError */
  async text(version: string, where?: Filter): Promise<RulesetTextJson | undefined> {
    const line = await this.parts.store.queryText(selectRulesetText(version, where));
    return line === '' ? undefined : (JSON.parse(line) as RulesetTextJson);
  }

  /** Deletes what no row names any more. @throws StoreError */
  prune(now_us: number): Promise<void> {
    return this.parts.store.pruneRulesets(now_us, this.parts.config.clickhouseTtlDays);
  }
}
