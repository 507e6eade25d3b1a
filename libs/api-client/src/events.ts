import { createParser, type EventSourceMessage } from 'eventsource-parser';
import { ApiError } from './errors.js';
import { MAX_LINE } from './lines.js';

export interface SentEvent {
  /** `message` where the server names none. */
  readonly event: string;
  readonly data: string;
  readonly id: string | undefined;
}

export interface SentEvents {
  readonly events: readonly SentEvent[];
  /** What the server asks to wait before a reconnect, in ms. */
  readonly retryMs?: number;
}

/**
 * Server-sent events out of a body, all that came with a chunk at once; also an empty list for a chunk with none
 * (a heartbeat), so that the reader knows that the server lives.
 *
 * @throws ApiError `protocol` for an event of more than MAX_LINE characters
 */
export async function* readEvents(
  op: string,
  chunks: AsyncIterable<Uint8Array>,
  max = MAX_LINE,
): AsyncGenerator<SentEvents, void, undefined> {
  let events: SentEvent[] = [];
  let retryMs: number | undefined;
  let tooLong = false;
  const parser = createParser({
    onEvent: ({ event = 'message', data, id }: EventSourceMessage) => events.push({ event, data, id }),
    onRetry: (ms) => (retryMs = ms),
    onError: ({ type }) => (tooLong ||= type === 'max-buffer-size-exceeded'),
    maxBufferSize: max,
  });
  const decoder = new TextDecoder();
  for await (const chunk of chunks) {
    parser.feed(decoder.decode(chunk, { stream: true }));
    if (tooLong) throw new ApiError(op, 'protocol', `the stream has an event of more than ${max} characters`);
    yield { events, ...(retryMs !== undefined && { retryMs }) };
    events = [];
    retryMs = undefined;
  }
}
