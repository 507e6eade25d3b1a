import { Among, timeOf } from './among.js';
import { whatThereIs } from '../nothing-found.js';
import { aheadNote } from './ahead-note.js';
import { isFull, lossesOf, NONE } from './losses-of.js';
import { type WatchParts } from './parts.js';
import { passing } from './passing.js';
import { type WatchRequest } from './request.js';
import { type Shown } from './row-meter.js';

function answerOf(
  { query, hops }: WatchRequest,
  { client }: WatchParts,
  signal: AbortSignal,
): AsyncIterable<readonly string[]> {
  return hops ? client.traces(query, signal) : client.packets(query, signal);
}

async function end(among: Among, { output, formatter }: WatchParts): Promise<void> {
  await among.rest();
  await output.write(await formatter.end());
}

/** The rows of one page: they are held until it is known what was lost in their time. */
async function page(request: WatchRequest, parts: WatchParts, signal: AbortSignal): Promise<Shown> {
  const { query } = request;
  const among = new Among(parts);
  const held: string[] = [];
  for await (const rows of answerOf(request, parts, signal)) {
    if (parts.formatter.note) held.push(...rows);
    else await among.rows(rows);
  }
  const shown = { count: held.length, first: timeOf(held[0]), last: timeOf(held.at(-1)) };
  among.lost(await lossesOf(query, parts.formatter.note ? shown : among, parts, signal));
  await among.rows(held);
  await end(among, parts);
  return among;
}

/**
 * Rows while they come, however many. What was lost is asked for before, for a hub may have turns for few questions at a
 * time; of the last so many rows it is known only at the first one which losses are of their time.
 */
async function streamed(request: WatchRequest, parts: WatchParts, signal: AbortSignal): Promise<Shown> {
  const { query } = request;
  const among = new Among(parts);
  if (parts.formatter.note) among.lost(await lossesOf(query, NONE, parts, signal));
  let early: readonly string[] = [];
  for await (const rows of answerOf(request, parts, signal)) {
    if (among.count === 0 && query['last'] !== undefined) early = among.dropBefore(timeOf(rows[0]));
    await among.rows(rows);
  }
  if (!parts.formatter.note) among.lost(await lossesOf(query, among, parts, signal));
  else if (isFull(query, among.count, 'first')) among.lost([]);
  else if (!isFull(query, among.count, 'last')) await among.tell(early);
  await end(among, parts);
  return among;
}

/** Rows come without a word on where they were looked for. It is said beside, so a hub that does not answer is no fault. */
async function nothingFound(
  { query, hops }: WatchRequest,
  { client, clock, notice }: WatchParts,
  signal: AbortSignal,
): Promise<void> {
  notice('nothing matches');
  const searched = await client.searched(hops ? 'traces' : 'packets', query, signal).catch(() => undefined);
  whatThereIs(searched?.agents, clock()).forEach(notice);
}

/** Prints the rows of the past, and what was lost in their time. @returns how many */
export async function history(
  request: WatchRequest,
  parts: WatchParts,
  signal: AbortSignal,
): Promise<number> {
  const { form, large, capped } = request;
  const way = large ? streamed : page;
  const shown = await (form === undefined
    ? way(request, parts, signal)
    : passing(request, form, parts, signal));
  if (signal.aborted) return shown.count;
  if (shown.count === 0) await nothingFound(request, parts, signal);
  const ahead = aheadNote(shown.last, Date.now());
  if (ahead !== undefined) parts.notice(ahead);
  if (shown.count === capped) {
    parts.notice(
      `only the last ${capped} rows are shown; --all shows all of them, and --since and --until ask for less time`,
    );
  }
  return shown.count;
}
