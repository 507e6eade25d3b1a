import { anyOf, type LostEvent, type StreamEvent } from '#api-client';
import { printable } from '../format/printable.js';
import { Among } from './among.js';
import { history } from './history.js';
import { type WatchParts } from './parts.js';
import { type WatchRequest } from './request.js';

/** @returns which rows a history has that were not shown, as flags */
const flagsOf = ({ since, until }: LostEvent): string =>
  printable(`--since ${since ?? ''}${until === undefined ? '' : ` --until ${until}`}`);

/** @returns what to tell a person about something that is missing */
function missing(event: LostEvent): string {
  const { reason, rows, batches, losses, since } = event;
  const gone =
    batches === 1 ? '1 batch of rows is missing here' : `${batches} batches of rows are missing here`;
  switch (reason) {
    case 'gone':
      return `${gone}: NATS no longer had them; ${flagsOf(event)} shows what was stored`;
    case 'behind':
      return `${gone}: the hub has not stored them yet; ${flagsOf(event)} shows them later`;
    case 'failed':
      // Rows are older than their coming to NATS, which is all that is known of them.
      return `${gone}: the hub failed on them, and its log says why; --since some time before ${printable(since ?? '')} shows what was stored`;
    case 'stream':
      return `rows may be missing here: NATS lost its stream; ${flagsOf(event)} shows what was stored`;
  }
  const told = losses > 0 ? ` (and ${losses} notes of lost events)` : '';
  return `${rows} rows${told} are missing here: they came faster than they were read; --since shows them`;
}

/** @returns what to tell a person about an event that is neither a row nor a loss */
export function noticeOf(event: Exclude<StreamEvent, { type: 'row' | 'loss' }>, host: string): string {
  switch (event.type) {
    case 'lost':
      return missing(event);
    case 'nats':
      return event.away
        ? `${host} has lost NATS: nothing new comes until it is back`
        : `${host} has NATS again, and goes on where it was`;
    case 'disconnected':
      return `${printable(event.error.message)}; trying again in ${(event.inMs / 1000).toFixed(1)} s`;
    case 'reconnected':
      return `connected to ${host} again`;
  }
}

async function live({ query }: WatchRequest, parts: WatchParts, signal: AbortSignal): Promise<number> {
  const { client, formatter, output, notice, tally } = parts;
  const among = new Among(parts);
  for await (const events of client.stream(query, { signal })) {
    // Rows of one piece are printed at once, and in their place among the notices.
    let rows: string[] = [];
    for (const event of events) {
      if (event.type === 'row') {
        rows.push(event.json);
        continue;
      }
      await among.rows(rows);
      rows = [];
      if (event.type === 'loss') await among.tell([event.json]);
      else notice(noticeOf(event, client.host));
      if (event.type === 'lost') tally.lost(event.rows);
    }
    await among.rows(rows);
  }
  await output.write(await formatter.end());
  return among.count;
}

/**
 * Prints the rows that are asked for; with `follow` until the signal, or until nobody reads.
 *
 * @returns how many
 * @throws ApiError, CliError
 */
export function watch(request: WatchRequest, parts: WatchParts): Promise<number> {
  const either = anyOf(parts.signal, parts.output.gone);
  return (request.follow ? live : history)(request, parts, either.signal);
}
