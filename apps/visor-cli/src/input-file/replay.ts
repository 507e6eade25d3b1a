import { and, compare, equal, type Filter, toPredicate } from '#filter';
import { type RowRange } from '../watch/request.js';
import { savedRows } from './read.js';
import { SavedRows } from './row-values.js';

export interface FileRequest {
  readonly path: string;
  readonly filter: Filter | undefined;
  readonly range: RowRange;
  /** All hops, not only those that decided. */
  readonly hops: boolean;
}

function filterOfRequest({ filter, range, hops }: FileRequest): Filter {
  const { sinceUs, untilUs } = range;
  return and([
    ...(hops ? [] : [equal('decisive', true)]),
    ...(sinceUs === undefined ? [] : [compare('ts', '>=', sinceUs)]),
    ...(untilUs === undefined ? [] : [compare('ts', '<', untilUs)]),
    ...(filter ? [filter] : []),
  ]);
}

async function* matching(request: FileRequest): AsyncGenerator<string[], void, undefined> {
  const predicate = toPredicate(filterOfRequest(request));
  for await (const { rows, texts, fault } of savedRows(request.path)) {
    const matches = predicate(new SavedRows(rows, fault));
    yield texts.filter((_, row) => matches(row));
  }
}

/**
 * @returns JSON texts of the rows that match, some at a time, in the order of the file
 * @throws CliError `usage`
 */
export async function* fileRows(request: FileRequest): AsyncGenerator<readonly string[], void, undefined> {
  const { take } = request.range;
  if ('last' in take) {
    let held: string[] = [];
    for await (const texts of matching(request)) {
      held.push(...texts);
      // Not at each part: that would copy all of them each time.
      if (held.length > 2 * take.last + 1000) held = held.slice(-take.last);
    }
    yield held.slice(-take.last);
    return;
  }
  let left = 'first' in take ? take.first : Infinity;
  for await (const texts of matching(request)) {
    yield texts.slice(0, left);
    left -= texts.length;
    if (left <= 0) return;
  }
}
