import { type RulesetQuery } from '#clickhouse';
import { equal, filterFromParameters, type Filter } from '#filter';
import { type AskedTime } from '../aggregate/empty-answer.service.js';
import { IsAfter, NotWith } from '../http/checks.js';
import { type ColumnParameter, FilterColumns, Parameter } from '../http/parameter.js';
import {
  oneOf,
  parsed,
  type ParameterKind,
  several,
  time,
  wholeNumber,
  yesNo,
} from '../http/parameter-kinds.js';
import { badParameter } from '../http/problem.js';
import { shown } from '../http/raw-query.js';
import { type GivenFilters } from '../http/read-query.js';
import { maxRows } from '../read/row-query.js';
import { TableQuery } from '../read/table-query.js';

const agents: readonly ColumnParameter[] = [
  { name: 'agent_id', doc: 'The agent that saw it' },
  { name: 'netns', doc: "Network namespace; empty = the agent's own" },
];
const tables: readonly ColumnParameter[] = [
  { name: 'family', doc: "The table's family" },
  { name: 'table', doc: 'Table' },
];

export const textFormats = ['json', 'text'] as const;
export type TextFormat = (typeof textFormats)[number];

export const defaultContext = 3;
const maxContext = 10_000;

/** @returns the filter of those columns alone */
function filterOf(given: GivenFilters, columns: readonly ColumnParameter[]): Filter | undefined {
  const wanted = Object.entries(given).filter(([name]) =>
    columns.some((column) => column.name === name.toLowerCase().replaceAll('-', '_')),
  );
  return filterFromParameters(Object.fromEntries(wanted));
}

/** Parameters of the list of versions. */
@FilterColumns([...agents, ...tables])
export class RulesetsQuery extends TableQuery {
  given: GivenFilters = {};

  @Parameter('version', "The version: a row's table_version", several(parsed(checkVersions)))
  versions?: string[];

  /** µs */
  @Parameter(
    'at',
    'In force at this time: RFC 3339, a date, or how long ago (15m, 1h30m, 1d); all are shown unless first or last is given',
    time(),
  )
  atUs?: number;

  @Parameter('since', 'In force after this time; the forms of at, and not together with it', time())
  @NotWith('atUs', ['since', 'at'])
  sinceUs?: number;

  @Parameter('until', 'In force before this time; the forms of at, and not together with it', time())
  @NotWith('atUs', ['until', 'at'])
  @IsAfter('sinceUs', ['until', 'since'])
  untilUs?: number;

  /** @returns the time that is searched; what was in force at a moment may have begun any time before */
  time(): AskedTime {
    return { sinceUs: this.sinceUs, untilUs: this.untilUs ?? this.atUs };
  }

  /** @throws FilterError */
  rulesets(): RulesetQuery {
    const { given, versions, sinceUs, untilUs, atUs } = this;
    return {
      where: filterOf(given, agents),
      tables: filterOf(given, tables),
      versions: versions && filterFromParameters({ 'table-version': versions }),
      sinceUs,
      untilUs,
      atUs,
      // What was in force at a time is shown whole unless somebody wants less.
      take: this.take(atUs === undefined ? undefined : { first: maxRows }),
    };
  }
}

/** @throws Problem where one of the versions is none: it would only match nothing */
function checkVersions(list: string, { field }: { field: string }): string {
  const [, not = '', names = ''] = /^(!?)(.*)$/s.exec(list) ?? [];
  const checked = names.split(',').map((name) => checkVersion(field, name));
  return not + checked.join();
}

/** @returns a version's name as it is written @throws Problem */
export function checkVersion(field: string, value: string): string {
  const version = value.toLowerCase();
  if (/^[0-9a-f]{8,64}$/.test(version)) return version;
  const detail = `${field}: "${shown(value)}" is no version; one looks like 0123456789abcdef (column table_version of a row)`;
  throw badParameter(field, shown(value), detail);
}

const oneVersion: ParameterKind = {
  ...parsed((text, { field }) => checkVersion(field, text)),
  allowed: 'a version such as 0123456789abcdef (column table_version of a row)',
  schema: { type: 'string', pattern: '^[0-9a-f]{8,64}$' },
};

/** @returns which of its forms an Accept header asks for; JSON when it asks for none */
export function acceptedText(accept: string | undefined): TextFormat {
  const first = (accept ?? '').split(',').map((part) => part.split(';')[0]?.trim().toLowerCase());
  const wanted = first.find((type) => type === 'text/plain' || type === 'application/json');
  return wanted === 'text/plain' ? 'text' : 'json';
}

/** Parameters of one version. */
@FilterColumns(agents)
export class VersionQuery {
  given: GivenFilters = {};

  @Parameter('format', 'json, or text alone; goes before the Accept header', oneOf(textFormats))
  format?: TextFormat;

  /** @throws FilterError */
  get where(): Filter | undefined {
    return filterOf(this.given, agents);
  }
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

/** Parameters of the difference of two versions. */
export class DiffQuery extends VersionQuery {
  @Parameter('from', 'The version before', oneVersion, { required: true })
  from = '';

  @Parameter('to', 'The version after', oneVersion, { required: true })
  to = '';

  @Parameter(
    'handles',
    'Whether handles are compared: a rule that was deleted and made again then differs',
    yesNo(),
  )
  handles = false;

  @Parameter(
    'context',
    'How many lines are shown around a change',
    wholeNumber({ min: 0, max: maxContext, what: 'a number of lines' }),
  )
  context = defaultContext;

  /** @throws FilterError */
  request(): DiffRequest {
    const { from, to, handles, context, where } = this;
    return { from, to, handles, context, where };
  }
}

/** @returns the filter for one version */
export const isVersion = (version: string): Filter => equal('table_version', version);
