import { anyOf, type StreamEvent, type VisorClient } from '#api-client';
import { type RowFormatter } from '../format/formatter.js';
import { printable } from '../format/printable.js';
import { type Output } from '../output.js';
import { type WatchRequest } from './request.js';

export interface WatchParts {
  readonly client: VisorClient;
  readonly formatter: RowFormatter;
  readonly output: Output;
  /** Prints a line for a person, beside the rows. */
  readonly notice: (line: string) => void;
  /** Ends it: Ctrl-C. */
  readonly signal: AbortSignal;
}

/** @returns what to tell a person about an event that is no row */
function noticeOf(event: Exclude<StreamEvent, { type: 'row' }>, host: string): string {
  switch (event.type) {
    case 'lost':
      return event.rows > 0
        ? `${event.rows} rows are missing here: they came faster than they were read; --since shows them`
        : `${event.batches} batches of rows are missing here: the hub has not stored them yet; --since shows them later`;
    case 'disconnected':
      return `${printable(event.error.message)}; trying again in ${(event.inMs / 1000).toFixed(1)} s`;
    case 'reconnected':
      return `connected to ${host} again`;
  }
}

async function history(
  { query, hops, capped }: WatchRequest,
  parts: WatchParts,
  signal: AbortSignal,
): Promise<void> {
  const { client, formatter, output, notice } = parts;
  const answer = hops ? client.traces(query, signal) : client.packets(query, signal);
  let count = 0;
  for await (const rows of answer) {
    count += rows.length;
    await output.write(formatter.rows(rows));
  }
  await output.write(formatter.end());
  if (signal.aborted) return;
  if (count === 0) notice('nothing matches');
  if (count === capped)
    notice(`only the last ${capped} rows are shown; ask for less time with --since and --until`);
}

async function live({ query }: WatchRequest, parts: WatchParts, signal: AbortSignal): Promise<void> {
  const { client, formatter, output, notice } = parts;
  for await (const events of client.stream(query, { signal })) {
    // Rows of one piece are printed at once, and in their place among the notices.
    let rows: string[] = [];
    for (const event of events) {
      if (event.type === 'row') {
        rows.push(event.json);
        continue;
      }
      await output.write(formatter.rows(rows));
      rows = [];
      notice(noticeOf(event, client.host));
    }
    await output.write(formatter.rows(rows));
  }
  await output.write(formatter.end());
}

/**
 * Prints the rows that are asked for; with `follow` until the signal, or until nobody reads.
 *
 * @throws ApiError, CliError
 */
export async function watch(request: WatchRequest, parts: WatchParts): Promise<void> {
  const either = anyOf(parts.signal, parts.output.gone);
  await (request.follow ? live : history)(request, parts, either.signal);
}
