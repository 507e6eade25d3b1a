import { type Query, type VisorClient } from '#api-client';
import { timeOf } from '../../watch/among.js';
import { lossQuery } from '../../watch/losses-of.js';

/** @returns the losses of the time of the rows that are shown, as the hub sends them */
export async function lossesFor(
  query: Query,
  rows: readonly string[],
  client: VisorClient,
  signal: AbortSignal,
): Promise<string[]> {
  const losses: string[] = [];
  const shown = { count: rows.length, first: timeOf(rows[0]), last: timeOf(rows.at(-1)) };
  for await (const some of client.losses(lossQuery(query, shown), signal)) losses.push(...some);
  return losses;
}
