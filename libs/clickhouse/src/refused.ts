import { type ValueOf } from '#columns';
import { type Filter, type SqlCondition, type SqlParameter, sqlValue } from '#filter';
import { refusedAddresses } from './indexes.js';

const addressColumns: ReadonlySet<string> = new Set(['ip_src', 'ip_dst']);

/**
 * What a filter for packets of some addresses that were not accepted implies, said in the words of the index that knows
 * these packets. Nothing is taken away by it.
 *
 * @returns undefined where the filter asks for something else
 */
export function refusedCondition(filter: Filter | undefined): SqlCondition | undefined {
  const all = filter ? conjuncts(filter) : [];
  if (!all.some(isRefused)) return undefined;
  const ends = all.map(addressesOf).filter((addresses) => addresses !== undefined);
  if (ends.length === 0) return undefined;
  const params: Record<string, SqlParameter> = {};
  const conditions = ends.map((addresses) => {
    const list = addresses.map((address) => {
      const name = `refused${Object.keys(params).length}`;
      const { type, value } = sqlValue('ip_src', address);
      params[name] = value;
      return `{${name}:${type}}`;
    });
    return `hasAny(${refusedAddresses}, [${list.join(', ')}])`;
  });
  return { sql: conditions.join(' AND '), params };
}

const conjuncts = (filter: Filter): readonly Filter[] =>
  filter.op === 'and' ? filter.of.flatMap(conjuncts) : [filter];

function isRefused(filter: Filter): boolean {
  switch (filter.op) {
    case 'test':
      if (filter.column !== 'fate') return false;
      return filter.operator === '!='
        ? filter.value === 'accepted'
        : filter.operator === '==' && filter.value !== 'accepted';
    case 'or':
      return filter.of.length > 0 && filter.of.every(isRefused);
    case 'and':
      return filter.of.some(isRefused);
    case 'not':
      return (
        filter.of.op === 'test' &&
        filter.of.column === 'fate' &&
        filter.of.operator === '==' &&
        filter.of.value === 'accepted'
      );
  }
}

/** @returns the addresses of which a packet has one at either end if it passes; undefined = it may have others */
function addressesOf(filter: Filter): Uint8Array[] | undefined {
  if (filter.op === 'test') {
    const named = filter.operator === '==' && addressColumns.has(filter.column);
    return named ? [filter.value as ValueOf<'ip_src'>] : undefined;
  }
  if (filter.op !== 'or' || filter.of.length === 0) return undefined;
  const lists = filter.of.map(addressesOf);
  return lists.every((list) => list !== undefined) ? lists.flat() : undefined;
}
