import { filterFromParameters, type Filter } from '#filter';
import { type LossQuery } from '#clickhouse';
import { type AskedTime } from '../aggregate/empty-answer.service.js';
import { FilterColumns, Parameter } from '../http/parameter.js';
import { IsAfter } from '../http/checks.js';
import { parsed, several, time } from '../http/parameter-kinds.js';
import { badParameter } from '../http/problem.js';
import { type RawQuery } from '../http/raw-query.js';
import { type GivenFilters, written } from '../http/read-query.js';
import { TableQuery } from '../read/table-query.js';

const columnNames = ['agent-id', 'agent_id', 'netns'] as const;
const maxCauses = 100;
/** What `netns` of a loss says that was put together out of several */
const SEVERAL = '*';

/** Parameters of the list of losses. */
@FilterColumns([
  { name: 'agent_id', doc: 'The agent that lost them' },
  { name: 'netns', doc: "Network namespace; empty = the agent's own" },
])
export class LossesQuery extends TableQuery {
  given: GivenFilters = {};

  @Parameter(
    'cause',
    'Why: overrun, backlog, malformed, queue_full, spool_full, spool_damaged, too_large, rejected, shutdown',
    several(parsed((text) => text)),
  )
  cause?: string[];

  @Parameter('since', 'Touched after this time: RFC 3339, a date, or how long ago (15m, 1h30m, 1d)', time())
  sinceUs?: number;

  @Parameter('until', 'Begun before this time; the forms of since', time())
  @IsAfter('sinceUs', ['until', 'since'])
  untilUs?: number;

  /** @returns the time that is searched */
  time(): AskedTime {
    return { sinceUs: this.sinceUs, untilUs: this.untilUs };
  }

  /** @throws Problem, FilterError */
  losses(): LossQuery {
    const { sinceUs, untilUs, given } = this;
    return { filter: lossFilter(given), ...causesOf(this), sinceUs, untilUs, take: this.take() };
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

function causesOf(query: LossesQuery): Pick<LossQuery, 'causes' | 'notCauses'> {
  const items = (query.cause ?? []).flatMap((text) => text.split(','));
  if (items.length > maxCauses) {
    const detail = `cause: ${items.length} values are too many; use at most ${maxCauses}`;
    throw badParameter('cause', written(query, 'cause'), detail);
  }
  const causes = items.filter((item) => !item.startsWith('!'));
  const notCauses = items.filter((item) => item.startsWith('!')).map((item) => item.slice(1));
  return { causes, notCauses };
}
