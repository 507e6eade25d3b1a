import { filterFromParameters, type Filter } from '#filter';
import { type LossQuery } from '#clickhouse';
import { badParameter } from '../http/problem.js';
import { formatOf, portionOf, type RawQuery, type RowFormat, timeRange } from '../read/row-query.js';

const columnNames = ['agent-id', 'agent_id', 'netns'] as const;
const others = ['cause', 'since', 'until', 'first', 'last', 'format'] as const;
const maxCauses = 100;
/** What `netns` of a loss says that was put together out of several */
const SEVERAL = '*';

export interface LossRequest {
  readonly query: LossQuery;
  readonly format: RowFormat | undefined;
}

/** @throws Problem when a parameter is none of `names` */
export function refuseOthers(query: RawQuery, names: readonly string[]): void {
  for (const [name, value] of Object.entries(query)) {
    if (names.includes(name)) continue;
    throw badParameter(
      name,
      String(value),
      `the parameter ${name} is not known; there are ${names.join(', ')}`,
    );
  }
}

/** @returns what of a query says which agents and namespaces; every other column is one of a packet that is not there */
export function lossFilter(query: RawQuery): Filter | undefined {
  return filterFromParameters(
    Object.fromEntries(
      columnNames.flatMap((name) => {
        const given = query[name];
        return given === undefined ? [] : [[name, name === 'netns' ? orSeveral(given) : given]];
      }),
    ),
  );
}

/** A loss of several namespaces, which says `*`, may be one of those that are asked for. */
function orSeveral(given: string | readonly string[]): readonly string[] {
  const values = typeof given === 'string' ? [given] : given;
  return values.every((value) => value.startsWith('!')) ? values : [...values, SEVERAL];
}

function causesOf(query: RawQuery): Pick<LossQuery, 'causes' | 'notCauses'> {
  const given = query['cause'] ?? [];
  const items = (typeof given === 'string' ? [given] : given).flatMap((text) => text.split(','));
  if (items.length > maxCauses) {
    throw badParameter(
      'cause',
      items.join(',').slice(0, 80),
      `cause: more than ${maxCauses} values are too many`,
    );
  }
  const causes = items.filter((item) => !item.startsWith('!'));
  const notCauses = items.filter((item) => item.startsWith('!')).map((item) => item.slice(1));
  return { causes, notCauses };
}

/** @throws Problem or FilterError, which name the parameter, its value and what is allowed */
export function parseLossQuery(query: RawQuery): LossRequest {
  refuseOthers(query, [...columnNames, ...others]);
  const { sinceUs, untilUs } = timeRange(query);
  const { end, count } = portionOf(query);
  const take = end === 'first' ? { first: count } : { last: count };
  return {
    query: { filter: lossFilter(query), ...causesOf(query), sinceUs, untilUs, take },
    format: formatOf(query),
  };
}
