import { type RulesetQuery } from '#clickhouse';
import { equal, filterFromParameters, type Filter, parseTime } from '#filter';
import { refuseOthers } from '../agents/loss-query.js';
import { badParameter } from '../http/problem.js';
import {
  formatOf,
  maxRows,
  portionOf,
  type RawQuery,
  type RowFormat,
  single,
  timeRange,
} from '../read/row-query.js';

const whereNames = ['agent-id', 'agent_id', 'netns'] as const;
const tableNames = ['family', 'table'] as const;
const listNames = [
  ...whereNames,
  ...tableNames,
  'version',
  'at',
  'since',
  'until',
  'first',
  'last',
  'format',
];

export const textFormats = ['json', 'text'] as const;
export type TextFormat = (typeof textFormats)[number];

export const defaultContext = 3;
const maxContext = 10_000;

export interface RulesetRequest {
  readonly query: RulesetQuery;
  readonly format: RowFormat | undefined;
}

/** @returns the filter of those parameters alone */
function filterOf(query: RawQuery, names: readonly string[]): Filter | undefined {
  return filterFromParameters(
    Object.fromEntries(Object.entries(query).filter(([name]) => names.includes(name))),
  );
}

/** @throws Problem or FilterError, which name the parameter, its value and what is allowed */
export function parseRulesetQuery(query: RawQuery, nowUs = Date.now() * 1000): RulesetRequest {
  refuseOthers(query, listNames);
  const at = single(query, 'at');
  for (const other of ['since', 'until']) {
    if (at === undefined || query[other] === undefined) continue;
    throw badParameter(other, String(query[other]), `at and ${other} cannot both be given; use one of them`);
  }
  const atUs = at === undefined ? undefined : parseTime(at, nowUs, { field: 'at' });
  const { end, count } = portionOf(query);
  // What was in force at a time is shown whole unless somebody wants less.
  const asked = query['first'] !== undefined || query['last'] !== undefined || at === undefined;
  const version = query['version'];
  return {
    query: {
      where: filterOf(query, whereNames),
      tables: filterOf(query, tableNames),
      versions: versionFilter(version),
      ...timeRange(query, nowUs),
      atUs,
      take: asked ? (end === 'first' ? { first: count } : { last: count }) : { first: maxRows },
    },
    format: formatOf(query),
  };
}

/** @throws Problem where one of the versions is none: it would only match nothing */
function versionFilter(value: RawQuery[string]): Filter | undefined {
  if (value === undefined) return undefined;
  const listed = [value].flat().map((list) => {
    const [, not = '', names = ''] = /^(!?)(.*)$/s.exec(list) ?? [];
    return (
      not +
      names
        .split(',')
        .map((name) => checkVersion('version', name))
        .join()
    );
  });
  return filterFromParameters({ 'table-version': listed });
}

/** @returns a version's name as it is written @throws Problem */
export function checkVersion(field: string, value: string | undefined): string {
  const version = value?.toLowerCase() ?? '';
  if (/^[0-9a-f]{8,64}$/.test(version)) return version;
  const detail =
    value === undefined
      ? `${field} is missing; it is a version such as 0123456789abcdef (column table_version of a row)`
      : `${field}: "${value}" is no version; one looks like 0123456789abcdef (column table_version of a row)`;
  throw badParameter(field, value ?? '', detail);
}

/** @returns which of its forms a parameter, or an Accept header, asks for; JSON when none does */
export function textFormatOf(query: RawQuery, accept: string | undefined): TextFormat {
  const text = single(query, 'format');
  const format = textFormats.find((known) => known === text);
  if (text !== undefined && !format)
    throw badParameter('format', text, `format: "${text}" is not known; use ${textFormats.join(' or ')}`);
  if (format) return format;
  const first = (accept ?? '').split(',').map((part) => part.split(';')[0]?.trim().toLowerCase());
  const wanted = first.find((type) => type === 'text/plain' || type === 'application/json');
  return wanted === 'text/plain' ? 'text' : 'json';
}

export interface VersionRequest {
  readonly where: Filter | undefined;
}

/** @throws Problem, FilterError */
export function parseVersionQuery(query: RawQuery): VersionRequest {
  refuseOthers(query, [...whereNames, 'format']);
  return { where: filterOf(query, whereNames) };
}

export interface DiffRequest {
  readonly from: string;
  readonly to: string;
  /** Whether a rule that has another handle is another rule. */
  readonly handles: boolean;
  /** Lines around each change. */
  readonly context: number;
  readonly where: Filter | undefined;
}

/** @throws Problem, FilterError */
export function parseDiffQuery(query: RawQuery): DiffRequest {
  refuseOthers(query, ['from', 'to', 'handles', 'context', ...whereNames, 'format']);
  const handles = single(query, 'handles') ?? 'false';
  if (handles !== 'true' && handles !== 'false')
    throw badParameter('handles', handles, `handles: "${handles}" is neither true nor false`);
  const lines = single(query, 'context') ?? String(defaultContext);
  const context = /^\d{1,6}$/.test(lines) ? Number(lines) : Infinity;
  if (context > maxContext) {
    const detail = `context: "${lines}" is not a number of lines; use one from 0 to ${maxContext}`;
    throw badParameter('context', lines, detail);
  }
  return {
    from: checkVersion('from', single(query, 'from')),
    to: checkVersion('to', single(query, 'to')),
    handles: handles === 'true',
    context,
    where: filterOf(query, whereNames),
  };
}

/** @returns the filter for one version */
export const isVersion = (version: string): Filter => equal('table_version', version);
