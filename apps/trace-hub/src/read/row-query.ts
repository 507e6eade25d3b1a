import {
  compare,
  equal,
  filterFromParameters,
  and,
  isFilterParameter,
  parseTime,
  type Filter,
} from '#filter';
import { badParameter } from '../http/problem.js';

/** A URL's parameters as Fastify gives them. */
export type RawQuery = Readonly<Record<string, string | readonly string[] | undefined>>;

/** Which end of the matching rows is wanted; they come in the order of time either way. */
export type Portion = { readonly end: 'first' | 'last'; readonly count: number };

export interface RowQuery {
  readonly filter: Filter | undefined;
  readonly portion: Portion;
  readonly format: RowFormat | undefined;
}

export const rowFormats = ['json', 'jsonl', 'csv', 'arrow'] as const;
export type RowFormat = (typeof rowFormats)[number];

export const defaultRows = 100;
export const maxRows = 10_000;

/** @returns the one value of a parameter that may be there once */
export function single(query: RawQuery, name: string): string | undefined {
  const value = query[name];
  if (value === undefined || typeof value === 'string') return value;
  throw badParameter(name, value.join(', '), `${name} is given ${value.length} times; it may be there once`);
}

/** @throws Problem when a parameter is neither a column nor one of `others` */
export function refuseUnknown(query: RawQuery, others: readonly string[]): void {
  for (const [name, value] of Object.entries(query)) {
    if (others.includes(name) || isFilterParameter(name)) continue;
    const known = `every column (ip-src, dport, fate …), ${others.join(', ')}`;
    throw badParameter(name, String(value), `the parameter ${name} is not known; there are ${known}`);
  }
}

/** @returns a number of rows from 1 to 10000; undefined where the parameter is not there */
export function rowCount(query: RawQuery, name: 'first' | 'last'): number | undefined {
  const text = single(query, name);
  if (text === undefined) return undefined;
  const count = /^\d{1,6}$/.test(text) ? Number(text) : 0;
  if (count >= 1 && count <= maxRows) return count;
  throw badParameter(name, text, `${name}: "${text}" is not a number of rows; use one from 1 to ${maxRows}`);
}

export interface TimeRange {
  /** µs; from here on. */
  readonly sinceUs: number | undefined;
  /** µs; before here. */
  readonly untilUs: number | undefined;
}

/** @throws Problem or FilterError when one is no time, or they exclude each other */
export function timeRange(query: RawQuery, nowUs = Date.now() * 1000): TimeRange {
  const since = single(query, 'since');
  const until = single(query, 'until');
  const sinceUs = since === undefined ? undefined : parseTime(since, nowUs, { field: 'since' });
  const untilUs = until === undefined ? undefined : parseTime(until, nowUs, { field: 'until' });
  if (sinceUs !== undefined && untilUs !== undefined && sinceUs >= untilUs) {
    throw badParameter('until', until ?? '', `until: "${until}" is not after since ("${since}")`);
  }
  return { sinceUs, untilUs };
}

/** @param decisive whether only the hop that decided is wanted: one row a packet */
export function rowFilter(query: RawQuery, decisive: boolean, nowUs = Date.now() * 1000): Filter | undefined {
  const parts: Filter[] = [];
  if (decisive) parts.push(equal('decisive', true));
  const asked = filterFromParameters(query);
  if (asked) parts.push(asked);
  const { sinceUs, untilUs } = timeRange(query, nowUs);
  if (sinceUs !== undefined) parts.push(compare('ts', '>=', sinceUs));
  if (untilUs !== undefined) parts.push(compare('ts', '<', untilUs));
  return parts.length > 0 ? and(parts) : undefined;
}

/** @throws Problem when first and last are both there, or one is no number of rows */
export function portionOf(query: RawQuery): Portion {
  const first = rowCount(query, 'first');
  const last = rowCount(query, 'last');
  if (first === undefined) return { end: 'last', count: last ?? defaultRows };
  if (last === undefined) return { end: 'first', count: first };
  throw badParameter('first', String(first), 'first and last cannot both be given; use one of them');
}

/** @returns the format that a parameter asks for; undefined without one */
export function formatOf(query: RawQuery): RowFormat | undefined {
  const text = single(query, 'format');
  const format = rowFormats.find((known) => known === text);
  if (text !== undefined && !format) {
    throw badParameter('format', text, `format: "${text}" is not known; use ${rowFormats.join(' or ')}`);
  }
  return format;
}

/** @throws Problem or FilterError, which name the parameter, its value and what is allowed */
export function parseRowQuery(query: RawQuery, decisive: boolean): RowQuery {
  refuseUnknown(query, ['since', 'until', 'first', 'last', 'format']);
  return { filter: rowFilter(query, decisive), portion: portionOf(query), format: formatOf(query) };
}
