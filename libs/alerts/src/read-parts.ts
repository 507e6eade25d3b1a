import { findColumn } from '#columns';
import { FilterError, filterColumns, parseFilter, suggestColumn, type Filter } from '#filter';
import { parseDuration } from './duration.js';
import { type AlertSource, type NamedFilter } from './rule.js';
import { type YamlFields } from './yaml-fields.js';

export const DAY_US = 86_400e6;

/** What the sources without rows know. */
const knownOf: Partial<Record<AlertSource, readonly string[]>> = {
  agents: ['agent_id'],
  losses: ['agent_id', 'cause'],
  rulesets: ['agent_id', 'netns', 'family', 'table'],
};

/** What reading a part of a rule needs of the whole. */
export interface RuleContext {
  readonly name: string | undefined;
  readonly ready: string | undefined;
  readonly now_us: number;
}

/** @returns µs */
export function readDuration(
  fields: YamlFields,
  key: string,
  from_us: number,
  to_us: number,
): number | undefined {
  const text = fields.text(key);
  if (text === undefined) return undefined;
  const us = parseDuration(text);
  const range = `from ${from_us === 0 ? '0s' : `${from_us / 1e6}s`} to ${to_us / DAY_US}d`;
  if (us !== undefined && us >= from_us && us <= to_us) return us;
  fields.refuse(key, `${key} "${text}" is no duration ${range}; use a number with ms, s, m, h or d, as 30s.`);
  return undefined;
}

export function readFilter(
  fields: YamlFields,
  key: string,
  now_us: number,
  of: AlertSource,
): NamedFilter | undefined {
  const text = fields.text(key);
  if (text === undefined || text.trim() === '') return undefined;
  let filter: Filter;
  try {
    filter = parseFilter(text, { nowUs: now_us, field: key });
  } catch (error) {
    if (!(error instanceof FilterError)) throw error;
    fields.refuse(key, error.message, error.offset);
    return undefined;
  }
  const known = knownOf[of];
  const foreign = known && [...filterColumns(filter)].find((column) => !known.includes(column));
  if (known && foreign) {
    const allowed = known.filter((column) => findColumn(column)).join(', ');
    fields.refuse(key, `${key} asks for ${foreign}, which ${of} do not have; use ${allowed}.`);
  }
  return { text, filter };
}

export function readColumns(
  fields: YamlFields,
  key: string,
  of: AlertSource,
  most: number,
): string[] | undefined {
  const texts = fields.texts(key);
  if (!texts) return undefined;
  if (texts.length > most) fields.refuse(key, `${key} has ${texts.length} columns; use at most ${most}.`);
  const names: string[] = [];
  for (const { text } of texts) {
    const name = knownOf[of]?.includes(text) ? text : findColumn(text)?.name;
    if (name === undefined) {
      const near = suggestColumn(text);
      fields.refuse(key, `${key} "${text}" is no column${near ? `; use ${near}` : ''}.`);
    } else if (knownOf[of] && !knownOf[of].includes(name)) {
      fields.refuse(key, `${key} "${text}" is nothing that ${of} have; use ${knownOf[of].join(', ')}.`);
    } else if (!names.includes(name)) names.push(name);
  }
  return names;
}
