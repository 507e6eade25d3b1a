import { type Query } from '#api-client';
import { type Clock } from '../format/clock.js';
import { type Paint } from '../format/paint.js';
import { whatThereIs } from '../nothing-found.js';
import { type Session } from '../session.js';
import { type GroupRow, type Groups, groupsOf } from './answer.js';
import { csvText } from './csv.js';
import { footer } from './footer.js';
import { groupTable } from './group-table.js';

export const groupFormats = ['table', 'json', 'jsonl', 'csv'] as const;
export type GroupFormat = (typeof groupFormats)[number];

/** How groups are printed. */
export interface GroupView {
  readonly format: GroupFormat;
  /** In tables, numbers as they are instead of k, M, MiB; other forms have them so anyway. */
  readonly exact: boolean;
  /** The flag by which more groups are shown. */
  readonly limitFlag?: string;
  /** What is said of groups that do not meet conditions which nobody has given as --having. */
  readonly unmet?: { readonly others: string; readonly none: string };
}

const UNMET = { others: 'do not meet --having', none: 'no group meets --having' };

export interface GroupTextOptions extends GroupView {
  readonly clock: Clock;
  readonly paint: Paint;
  readonly width: number;
}

function shownText(
  { rows, more, keys, others }: Groups,
  query: Query,
  { limitFlag, unmet = UNMET }: GroupView,
): Record<string, string> {
  if (keys.length === 0) return {};
  const sort = query['sort'] === undefined ? {} : { sort: String(query['sort']) };
  const groups = `${rows.length} ${rows.length === 1 ? 'group' : 'groups'}`;
  // Where the hub had room for more, the others do not meet the conditions.
  const hasRoom = rows.length < Number(query['limit'] ?? Infinity);
  if (others && hasRoom && query['having'] !== undefined)
    return { ...sort, shown: `${groups}; the others ${unmet.others}` };
  const how = limitFlag === undefined ? '' : `; ${limitFlag} shows them`;
  return { ...sort, shown: more ? `${groups}, and there are more${how}` : groups };
}

/** Rows of the machine forms: others come last, with nothing for their keys. */
function plainRows({ rows, others, keys }: Groups): GroupRow[] {
  const nothing = Object.fromEntries(keys.map((name) => [name, null]));
  return [...rows, ...(others ? [{ ...nothing, ...others }] : [])];
}

/** @returns what is printed for an answer; '' for a table where nothing matches */
export function groupsText(groups: Groups, query: Query, options: GroupTextOptions): string {
  const print = {
    table: () => {
      if (groups.rows.length === 0) return '';
      const { text, hidden } = groupTable(groups, options);
      const facts = {
        ...shownText(groups, query, options),
        ...(hidden.length > 0 && { hidden: `${hidden.join(', ')}; for want of room` }),
      };
      return `${text}\n${footer(groups.document, query, facts, options)}`;
    },
    json: () => `${JSON.stringify(groups.document, null, 2)}\n`,
    jsonl: () =>
      plainRows(groups)
        .map((row) => `${JSON.stringify(row)}\n`)
        .join(''),
    csv: () => csvText([...groups.keys, ...groups.metrics], plainRows(groups)),
  } satisfies Record<GroupFormat, () => string>;
  return print[options.format]();
}

/** @returns lines for a person where nothing matches: what there is in that time */
export function nothingFound(
  { document }: Groups,
  query: Query,
  { clock, unmet = UNMET }: Pick<GroupTextOptions, 'clock' | 'unmet'>,
): string[] {
  const { agents } = document.searched;
  const having = query['having'] === undefined ? '' : `, or ${unmet.none}`;
  return [`nothing matches${having}`, ...whatThereIs(agents, clock)];
}

/** @returns how many groups there are; the one of all that is there without keys counts where it has something */
function countOf({ keys, rows, total }: Groups): number {
  return keys.length > 0 || Object.values(total).some((value) => value !== 0 && value !== null)
    ? rows.length
    : 0;
}

/**
 * Asks once and prints the answer.
 *
 * @param query of GET /api/v1/aggregate
 * @returns how many groups there were
 * @throws ApiError, CliError
 */
export async function printGroups(query: Query, view: GroupView, session: Session): Promise<number> {
  const { client, output, notice, paint, width, signal } = session;
  const groups = groupsOf(await client.aggregate(query, signal), query);
  const clock = session.clock();
  await output.write(groupsText(groups, query, { ...view, clock, paint, width }));
  const found = countOf(groups);
  if (found === 0) nothingFound(groups, query, { ...view, clock: session.clock() }).forEach(notice);
  return found;
}
