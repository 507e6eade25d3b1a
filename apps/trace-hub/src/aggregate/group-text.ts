import { type GroupKey, type Having, type Metric, metricName, type SortKey } from '#clickhouse';
import { findColumn } from '#columns';
import { parseMetric, type Piece, refuse, splitList, unknownColumn, within } from './metric-text.js';
import { shown } from '../http/raw-query.js';

/** So many are enough for people, and keep a statement of a size to be parsed. */
const maxKeys = 8;
const maxMetrics = 16;
const maxConditions = 8;

/** @throws Problem where there are more than `max` */
function atMost<T>(list: readonly T[], max: number, piece: Piece | undefined, what: string): readonly T[] {
  if (list.length <= max || !piece) return list;
  throw refuse(piece, `there are ${list.length} ${what}; at most ${max} are allowed`);
}

const pieces = (field: string, values: readonly string[]): Piece[] =>
  values.flatMap((value) => (value.trim() === '' ? [] : splitList(field, value)));

/** @returns what is grouped by, each once: columns and `time` @throws Problem */
export function parseKeys(values: readonly string[]): readonly GroupKey[] {
  const given = pieces('by', values);
  const keys = given.map((piece): GroupKey => {
    if (piece.text.toLowerCase() === 'time') return 'time';
    const column = findColumn(piece.text);
    if (!column) throw unknownColumn(piece, 'packets are grouped by columns and time', ['time']);
    if (column.name === 'ts') throw refuse(piece, 'no two packets have one ts; use time with a bucket');
    return column.name;
  });
  return atMost([...new Set(keys)], maxKeys, given[maxKeys], 'keys');
}

/** @returns the metrics, each once @throws Problem */
export function parseMetrics(values: readonly string[], field = 'select'): readonly Metric[] {
  const given = pieces(field, values);
  const metrics = new Map(given.map((piece) => [metricName(parseMetric(piece)), parseMetric(piece)]));
  return atMost([...metrics.values()], maxMetrics, given[maxMetrics], 'metrics');
}

const CONDITION = /^(.*?)(==|!=|<=|>=|=|<|>)(.*)$/s;
const NUMBER = /^-?\d{1,20}(?:\.\d{1,9})?$/;

function parseCondition(piece: Piece): Having {
  const [, left = '', sign = '', right = ''] = CONDITION.exec(piece.text) ?? [];
  const example = 'write a metric, a comparison and a number: packets>100';
  if (sign === '') throw refuse(piece, `"${shown(piece.text)}" compares nothing; ${example}`);
  const metric = parseMetric(within(piece, 0, left.length));
  const number = within(piece, left.length + sign.length, left.length + sign.length + right.length);
  if (/^\d+$/.test(number.text) && (number.text.length > 20 || BigInt(number.text) >= 2n ** 64n))
    throw refuse(number, `${shown(number.text)} is too large; the greatest number is ${2n ** 64n - 1n}`);
  if (!NUMBER.test(number.text)) throw refuse(number, `"${shown(number.text)}" is not a number; ${example}`);
  if (metric.kind === 'column' && metric.fn !== 'uniq' && findColumn(metric.column)?.kind === 'timestamp')
    throw refuse(
      within(piece, 0, left.length),
      `${metricName(metric)} is a time and no number; use since and until`,
    );
  return { metric, operator: sign === '=' ? '==' : (sign as Having['operator']), value: number.text };
}

/** @returns conditions of groups, which must all hold: `packets>100,p95(len)<=1000` @throws Problem */
export function parseHaving(values: readonly string[]): readonly Having[] {
  const given = pieces('having', values);
  return atMost(given.map(parseCondition), maxConditions, given[maxConditions], 'conditions');
}

/** A key to sort by, before it is known what is grouped by. */
interface Wanted {
  readonly piece: Piece;
  readonly descending: boolean;
}

function wanted(piece: Piece): Wanted {
  const sign = /^[-+]/.exec(piece.text)?.[0];
  return { piece: within(piece, sign === undefined ? 0 : 1), descending: sign === '-' };
}

/** @returns the order of groups: `-packets,ip_src`, `-` = the greatest first @throws Problem */
export function parseSort(values: readonly string[], by: readonly GroupKey[]): readonly SortKey[] {
  const given = pieces('sort', values);
  const keys = given.map(wanted).map(({ piece, descending }): SortKey => {
    const name = piece.text.toLowerCase().replaceAll('-', '_');
    const key = by.find((known) => known === name);
    if (key !== undefined) return { by: { key }, descending };
    if (name === 'time' || findColumn(name))
      throw refuse(
        piece,
        `"${shown(piece.text)}" is not among by (${by.join(', ') || 'nothing'}); sort by these or by metrics`,
      );
    return { by: { metric: parseMetric(piece) }, descending };
  });
  return atMost(keys, maxConditions, given[maxConditions], 'keys');
}
