import { type Query } from '#api-client';
import { formatTimestamp } from '#columns';
import { CliError } from '../errors.js';
import { filterQuery, type FilterValues } from '../filters/filter-query.js';
import { type OutputFormat } from '../format/output-format.js';
import { groupFormats, type GroupFormat } from '../groups/print-groups.js';
import { rowRange, type RowFlags } from './request.js';

export interface AggregateRequest {
  /** @param nowUs µs since 1970 @returns what to ask the hub then: a time such as 15m moves on */
  readonly query: (nowUs: number) => Query;
  readonly format: GroupFormat;
  /** µs since 1970: nothing new comes after then */
  readonly until: number | undefined;
}

/** Groups are not rows: flags that say which rows are not theirs. */
const ofRows = ['first', 'last', 'all', 'hops', 'columns', 'input-file', 'resolve', 'numeric'] as const;

const usage = (message: string): CliError => new CliError('watch', 'usage', message);

function groupFormat(output: OutputFormat | undefined): GroupFormat {
  const format = output ?? 'table';
  const known = groupFormats.find((each) => each === format);
  if (known) return known;
  throw usage(
    `--aggregate-by and -o ${format} exclude each other; groups are printed as ${groupFormats.join(', ')}.`,
  );
}

/**
 * @param by columns, each with others after commas
 * @throws FilterError, CliError `usage`
 */
export function aggregateRequest(
  by: readonly string[],
  output: OutputFormat | undefined,
  flags: RowFlags & FilterValues,
  nowUs: number,
): AggregateRequest {
  const other = ofRows.find((name) => flags[name] !== undefined && flags[name] !== false);
  if (other !== undefined) {
    throw usage(
      `--aggregate-by and --${other} exclude each other; with groups go filters, times, --follow, --interval and -o.`,
    );
  }
  const format = groupFormat(output);
  const asked = {
    by: by.join(','),
    ...filterQuery(flags),
    ...(format === 'table' && { limit: '20', others: 'true' }),
  };
  const query = (at: number): Query => {
    const { sinceUs, untilUs } = rowRange(flags, { all: true }, at);
    return {
      ...asked,
      ...(sinceUs !== undefined && { since: formatTimestamp(sinceUs) }),
      ...(untilUs !== undefined && { until: formatTimestamp(untilUs) }),
    };
  };
  // What is wrong with a time is told before the hub is asked; and the end does not move on.
  const { untilUs } = rowRange(flags, { all: true }, nowUs);
  return { query, format, until: untilUs };
}
