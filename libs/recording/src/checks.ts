import { type ChainSnapshot, type RawRule } from '#ruleset';
import {
  type RecordedTable,
  type RecordingHead,
  type RecordingTotals,
  type RulesetRecord,
  type UnchangedTable,
} from './records.js';

/** Whether JSON of a file is what the replay takes it for: it goes into the rule index as it is. */

type Unknown<T> = { readonly [K in keyof T]?: unknown };

const isObject = (value: unknown): value is object => typeof value === 'object' && value !== null;
const areTexts = (...values: unknown[]): boolean => values.every((value) => typeof value === 'string');
const isNumber = (value: unknown): boolean => typeof value === 'number' && Number.isSafeInteger(value);
const isCount = (value: unknown): boolean => isNumber(value) && (value as number) >= 0;
const isArrayOf = <T>(value: unknown, is: (item: unknown) => item is T): value is T[] =>
  Array.isArray(value) && value.every(is);

export function isHead(value: unknown): value is RecordingHead {
  if (!isObject(value)) return false;
  const { format, agent, kernel, nft, netns, started } = value as Unknown<RecordingHead>;
  return isCount(format) && areTexts(agent, kernel, nft, netns, started);
}

export function isTotals(value: unknown): value is RecordingTotals {
  if (!isObject(value)) return false;
  const { events, lost } = value as Unknown<RecordingTotals>;
  return isCount(events) && isCount(lost);
}

export function isRuleset(value: unknown): value is Pick<RulesetRecord, 'generation' | 'since' | 'tables'> {
  if (!isObject(value)) return false;
  const { generation, since = 0, tables } = value as Unknown<RulesetRecord>;
  return isCount(generation) && isCount(since) && isArrayOf(tables, isTableOrName);
}

function isTableOrName(value: unknown): value is RecordedTable | UnchangedTable {
  if (!isObject(value)) return false;
  const { family, name, version } = value as Unknown<UnchangedTable>;
  return 'rules' in value ? isTable(value) : areTexts(family, name, version);
}

function isTable(value: unknown): value is RecordedTable {
  if (!isObject(value)) return false;
  const { family, name, handle = 0, text, version, chains, rules } = value as Unknown<RecordedTable>;
  return (
    areTexts(family, name, text, version) &&
    isCount(handle) &&
    isArrayOf(chains, isChain) &&
    isArrayOf(rules, isRule)
  );
}

function isChain(value: unknown): value is ChainSnapshot {
  if (!isObject(value)) return false;
  const { name, type = '', hook = '', priority = 0 } = value as Unknown<ChainSnapshot>;
  return areTexts(name, type, hook) && isNumber(priority);
}

function isRule(value: unknown): value is RawRule {
  if (!isObject(value)) return false;
  const { handle, text, comment, rejects } = value as Unknown<RawRule>;
  return isCount(handle) && areTexts(text, comment) && typeof rejects === 'boolean';
}
