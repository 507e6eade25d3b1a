import { type Query } from '#api-client';
import { endOfLoss } from './loss-lines.js';
import { type WatchParts } from './parts.js';
import { type WatchRequest } from './request.js';

/** Losses that are shown with the rows of one answer at most. */
const MAX_LOSSES = 1000;

/** What of the rows says which losses belong among them. */
interface Shown {
  count: number;
  /** RFC 3339 */
  first: string;
  last: string;
}

const timeOf = (json: string | undefined): string => {
  const ts = json === undefined ? undefined : /"ts":"([^"]*)"/.exec(json)?.[1];
  return ts ?? '';
};

/**
 * @returns the query for the losses of the time that is shown: where rows were left out because there were more than
 * asked for, that is the time of those that were not
 */
export function lossQuery(query: Query, { count, first, last }: Shown): Query {
  const full = (limit: string | readonly string[] | undefined): boolean =>
    count > 0 && count === Number(limit);
  const since = full(query['last']) && first !== '' ? first : query['since'];
  const until = full(query['first']) && last !== '' ? last : query['until'];
  return {
    ...(query['agent-id'] !== undefined && { 'agent-id': query['agent-id'] }),
    ...(query['netns'] !== undefined && { netns: query['netns'] }),
    ...(since !== undefined && { since }),
    ...(until !== undefined && until !== since && { until }),
    last: String(MAX_LOSSES),
  };
}

async function lossesOf(
  query: Query,
  shown: Shown,
  parts: WatchParts,
  signal: AbortSignal,
): Promise<string[]> {
  const losses: string[] = [];
  if (signal.aborted) return losses;
  for await (const some of parts.client.losses(lossQuery(query, shown), signal)) losses.push(...some);
  return losses;
}

/** Prints rows and losses for a person, by their times. */
async function printAmong(
  rows: readonly string[],
  losses: readonly string[],
  parts: WatchParts,
): Promise<void> {
  const { formatter, output } = parts;
  let from = 0;
  for (const loss of losses) {
    const line = parts.losses.line(loss);
    if (line === undefined) continue;
    const end = endOfLoss(loss);
    let to = from;
    while (to < rows.length && timeOf(rows[to]) <= end) to++;
    await output.write(await formatter.rows(rows.slice(from, to)));
    await output.write(formatter.note?.(line) ?? '');
    from = to;
  }
  await output.write(await formatter.rows(rows.slice(from)));
}

/** Prints the rows of the past, and what was lost in their time. */
export async function history(
  { query, hops, capped }: WatchRequest,
  parts: WatchParts,
  signal: AbortSignal,
): Promise<void> {
  const { client, formatter, output, notice } = parts;
  const answer = hops ? client.traces(query, signal) : client.packets(query, signal);
  const shown: Shown = { count: 0, first: '', last: '' };
  // For a person the losses stand among the rows, and which they are the last row tells.
  const held: string[] = [];
  for await (const rows of answer) {
    if (shown.count === 0) shown.first = timeOf(rows[0]);
    shown.last = timeOf(rows.at(-1));
    shown.count += rows.length;
    if (formatter.note) held.push(...rows);
    else await output.write(await formatter.rows(rows));
  }
  const losses = await lossesOf(query, shown, parts, signal);
  if (formatter.note) await printAmong(held, losses, parts);
  await output.write(await formatter.end());
  if (signal.aborted) return;
  if (!formatter.note) losses.forEach((loss) => notice(parts.losses.line(loss) ?? ''));
  if (shown.count === 0) notice('nothing matches');
  if (shown.count === capped)
    notice(`only the last ${capped} rows are shown; ask for less time with --since and --until`);
}
