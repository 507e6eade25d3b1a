import {
  columnFunctions,
  countNames,
  functionKinds,
  type ColumnFunction,
  type CountName,
  type Metric,
  quantileLevels,
} from '#clickhouse';
import { columns, findColumn, type ColumnName } from '#columns';
import { sideNames, sides, suggestColumn } from '#filter';
import { nearest } from '../http/nearest.js';
import { badParameter, type Problem } from '../http/problem.js';
import { shown } from '../http/raw-query.js';

/** A part of a parameter's value. */
export interface Piece {
  /** The parameter. */
  readonly field: string;
  /** Its value, as it was written. */
  readonly whole: string;
  readonly text: string;
  /** Where the part begins in the value, in UTF-16 units from 0. */
  readonly offset: number;
}

/** @returns the problem of a piece: one sentence that begins with the parameter */
export const refuse = ({ field, whole, offset }: Piece, sentence: string): Problem =>
  badParameter(field, shown(whole), `${field}: ${sentence}`, { offset });

/** @returns a part of a piece, without the spaces around it */
export function within(piece: Piece, from: number, to = piece.text.length): Piece {
  const part = piece.text.slice(from, to);
  const start = part.length - part.trimStart().length;
  return { ...piece, text: part.trim(), offset: piece.offset + from + start };
}

/** @returns the parts between the commas of a value @throws Problem where one is empty */
export function splitList(field: string, whole: string): Piece[] {
  const all: Piece = { field, whole, text: whole, offset: 0 };
  const pieces: Piece[] = [];
  let from = 0;
  for (const part of whole.split(',')) {
    const piece = within(all, from, from + part.length);
    if (piece.text === '')
      throw refuse(piece, 'there is nothing between two commas, or at an end; remove a comma');
    pieces.push(piece);
    from += part.length + 1;
  }
  return pieces;
}

const counts: readonly string[] = [...countNames, 'hops'];
/** Of parts they do not add up: a flow may be in several groups. */
const FLOWS = 'flows';
const rates: readonly string[] = countNames.map((name) => `${name}/s`);
const quantiles: readonly string[] = quantileLevels.map((level) => `p${level}`);
const functions: readonly string[] = [...columnFunctions, ...quantiles];

/** What there is, for errors and the document. */
export const metricHelp = `${counts.join(', ')}, ${FLOWS}, ${rates.join(', ')}, uniq(column), min, max, avg and ${quantiles.join(', ')} of a number, ${quantiles.join(', ')} of ${rates.join(', ')}`;

const isCount = (name: string): name is CountName => (countNames as readonly string[]).includes(name);

/** @returns the metric that people write as `packets`, `bytes/s`, `uniq(ip_src)`, `p95(len)`, `p95(packets/s)` @throws Problem */
export function parseMetric(piece: Piece): Metric {
  const text = piece.text.toLowerCase();
  if (counts.includes(text)) return { kind: 'count', of: text as CountName | 'hops' };
  if (text === FLOWS) return { kind: 'flows' };
  if (rates.includes(text)) return { kind: 'rate', of: text.slice(0, -2) as CountName };
  const call = /^([^()]*)\(([^()]*)\)$/.exec(piece.text);
  if (!call) throw unknownMetric(piece);
  const [, fn = '', argument = ''] = call;
  const name = within(piece, 0, fn.length);
  const inner = within(piece, fn.length + 1, fn.length + 1 + argument.length);
  return callOf(name, inner);
}

function callOf(name: Piece, inner: Piece): Metric {
  const fn = name.text.toLowerCase();
  const level = quantileLevels.find((known) => `p${known}` === fn);
  const simple = columnFunctions.find((known) => known === fn);
  if (level === undefined && simple === undefined) throw unknownFunction(name);
  const rate = /^(\w+)\s*\/\s*s$/.exec(inner.text.toLowerCase())?.[1];
  if (rate !== undefined && isCount(rate)) {
    if (level !== undefined) return { kind: 'rate-quantile', level, of: rate };
    throw refuse(name, `"${shown(name.text)}" is of a column; of rates there are ${quantiles.join(', ')}`);
  }
  if (level !== undefined) return { kind: 'quantile', level, column: numberColumn(inner, 'p', fn) };
  const known = simple as ColumnFunction;
  return { kind: 'column', fn: known, column: numberColumn(inner, known, fn) };
}

/** @returns the column within a function's parentheses */
function numberColumn(inner: Piece, takes: ColumnFunction | 'p', fn: string): ColumnName {
  const column = findColumn(inner.text);
  if (!column) throw unknownColumn(inner, `${fn} needs a column`);
  const kinds = functionKinds[takes];
  if (kinds === 'all' || kinds.includes(column.kind)) return column.name;
  const fitting = columns.filter(({ kind }) => kinds.includes(kind)).map((known) => known.name);
  throw refuse(
    inner,
    `"${shown(inner.text)}" is no number, as ${fn} needs; use one of ${fitting.join(', ')}, or uniq(${column.name})`,
  );
}

/** @returns the problem of a name that is no column */
export function unknownColumn(piece: Piece, needed: string, others: readonly string[] = []): Problem {
  const suggested = suggestColumn(piece.text);
  // Names of either side's columns, as ip, are for filters alone.
  const column = suggested !== undefined && findColumn(suggested) ? suggested : undefined;
  const meant = nearest(piece.text, others) ?? column;
  const side = sideNames.find((name) => name === piece.text.toLowerCase());
  const hint =
    side !== undefined
      ? `as a filter it is either side's; use ${sides[side].columns.join(' or ')}`
      : meant === undefined
        ? 'the columns are those of a row (ip_src, dport, fate …)'
        : `did you mean ${meant}?`;
  const what = piece.text === '' ? 'there is none' : `"${shown(piece.text)}" is none`;
  return refuse(piece, `${needed}, and ${what}; ${hint}`);
}

function unknownFunction(name: Piece): Problem {
  const meant = nearest(name.text, functions);
  const hint = meant === undefined ? '' : ` did you mean ${meant}?`;
  return refuse(
    name,
    `the function "${shown(name.text)}" is not known;${hint} there are ${functions.join(', ')}`,
  );
}

function unknownMetric(piece: Piece): Problem {
  const column = findColumn(piece.text);
  if (column) {
    return refuse(
      piece,
      `"${shown(piece.text)}" is a column and no metric; use a function of it: uniq(${column.name})`,
    );
  }
  const meant = nearest(piece.text, [...counts, FLOWS, ...rates]);
  const hint = meant === undefined ? '' : ` did you mean ${meant}?`;
  return refuse(piece, `the metric "${shown(piece.text)}" is not known;${hint} there are ${metricHelp}`);
}
