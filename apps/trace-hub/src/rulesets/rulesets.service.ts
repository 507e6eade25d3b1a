import { Injectable } from '@nestjs/common';
import { type RulesetJson, type RulesetTextJson } from '#clickhouse';
import { type Filter } from '#filter';
import { Problem } from '../http/problem.js';
import { maxRows } from '../read/row-query.js';
import { type DiffRequest, isVersion } from './ruleset-query.js';
import { RulesetRepository } from './ruleset.repository.js';
import { diffTexts, type TextDiff, withoutHandles } from './text-diff.js';

/** A version with its text, its structure and where it was seen. */
export interface RulesetVersion {
  readonly text: RulesetTextJson;
  readonly seen: readonly RulesetJson[];
}

export interface RulesetDiff extends TextDiff {
  readonly from: string;
  readonly to: string;
}

/** Versions of tables, and how they differ. */
@Injectable()
export class RulesetsService {
  constructor(private readonly repository: RulesetRepository) {}

  /** @throws Problem 404, 503 where ClickHouse is away */
  async version(version: string, where: Filter | undefined, signal: AbortSignal): Promise<RulesetVersion> {
    const [text, seen] = await Promise.all([
      this.#text('version', version, where, signal),
      this.#seen(version, where, signal),
    ]);
    return { text, seen };
  }

  /** @throws Problem 404, 503 where ClickHouse is away */
  async diff({ from, to, handles, context, where }: DiffRequest, signal: AbortSignal): Promise<RulesetDiff> {
    const [before, after] = await Promise.all([
      this.#text('from', from, where, signal),
      this.#text('to', to, where, signal),
    ]);
    const [old, now] = [before.text, after.text].map((text) => (handles ? text : withoutHandles(text)));
    const name = ({ family, table, version }: RulesetTextJson): string =>
      `${family}/${table} ${version}`.replaceAll(/[\p{Cc}\p{Bidi_Control}\u2028\u2029]/gu, '?');
    const options = { from: name(before), to: name(after), context };
    return { from, to, ...(await diffTexts(old ?? '', now ?? '', options)) };
  }

  async #text(
    field: string,
    version: string,
    where: Filter | undefined,
    signal: AbortSignal,
  ): Promise<RulesetTextJson> {
    const text = await this.repository.text(version, where, signal);
    if (text) return text;
    throw new Problem(404, await this.#why(version, where, signal), { field, value: version });
  }

  /** @returns why it has no text */
  async #why(version: string, where: Filter | undefined, signal: AbortSignal): Promise<string> {
    const [seen] = await this.#seen(version, where, signal);
    if (seen) return `agent "${seen.agent_id}" told of version ${version} but not its text`;
    const [other] = where ? await this.#seen(version, undefined, signal) : [];
    return other
      ? `version ${version} is not of the agent and namespace that were asked for, but of agent "${other.agent_id}"`
      : `there is no version ${version}; the list of rulesets has those there are`;
  }

  #seen(version: string, where: Filter | undefined, signal: AbortSignal): Promise<RulesetJson[]> {
    return this.repository.list({ where, versions: isVersion(version), take: { last: maxRows } }, signal);
  }
}
