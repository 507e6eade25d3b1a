import { anyOf } from './abort.js';
import { backoffMs, pause } from './backoff.js';
import { type Connection, type Query } from './connection.js';
import { ApiError } from './errors.js';
import { readEvents, type SentEvent } from './events.js';
import { errorOfBody, readProblem } from './problem.js';
import { Resume } from './resume.js';

export type StreamEvent =
  /** A row's JSON text as the hub sent it. */
  | { readonly type: 'row'; readonly json: string }
  /** The hub left out so many rows because this client was too slow, or batches because it has not stored them yet. */
  | { readonly type: 'lost'; readonly rows: number; readonly batches: number }
  /** An agent lost events, or a loss told before has grown: its JSON text as the hub sent it. */
  | { readonly type: 'loss'; readonly json: string }
  /** The connection was lost; the next try comes in `inMs`. */
  | { readonly type: 'disconnected'; readonly error: ApiError; readonly inMs: number }
  | { readonly type: 'reconnected' };

export interface FollowOptions {
  readonly signal: AbortSignal;
  /** The hub sends a heartbeat when it has nothing else; after so long without any, the connection is taken for dead. */
  readonly idleMs?: number;
  readonly firstRetryMs?: number;
  readonly maxRetryMs?: number;
  readonly random?: () => number;
}

const OP = 'stream';
const EVENT_STREAM = 'text/event-stream';

/** What a stream must know to go on where it was. */
class Position {
  connectedBefore = false;
  attempt = 0;
  retryMs: number | undefined;
  #lastId: string | undefined;
  #resume: Resume | undefined;

  constructor(private readonly query: Query) {}

  /** The rows since the last ones are asked for by time; Last-Event-ID is what any server of events understands. */
  request(): { query: Query; headers: Record<string, string> } {
    const replay = this.query['last'] !== undefined || this.query['since'] !== undefined;
    if (!this.#resume || (replay && !this.#resume.received)) return { query: this.query, headers: {} };
    const { last: _last, since: _since, ...query } = this.query;
    const headers = this.#lastId === undefined ? {} : { 'last-event-id': this.#lastId };
    return { query: { ...query, since: this.#resume.since() }, headers };
  }

  connected(): void {
    this.connectedBefore = true;
    this.attempt = 0;
    this.#resume ??= new Resume(Date.now());
  }

  /** @returns whether the event is new */
  take({ event, id, data }: SentEvent): boolean {
    if (id !== undefined) this.#lastId = id;
    return event !== 'row' || (this.#resume?.take(data) ?? true);
  }
}

/** @throws ApiError `protocol` for data that is not of the API */
function toStreamEvent({ event, data }: SentEvent): StreamEvent | undefined {
  if (event === 'row' || event === 'loss') return { type: event, json: data };
  if (event !== 'lost' && event !== 'error') return undefined;
  let body: unknown;
  try {
    body = JSON.parse(data);
  } catch (cause) {
    throw new ApiError(OP, 'protocol', `the stream has an event "${event}" whose data is no JSON`, { cause });
  }
  if (event === 'error') {
    const problem = readProblem(body);
    throw new ApiError(OP, 'server', problem.detail ?? 'the hub ended the stream with an error', { problem });
  }
  const { rows, batches } = (body ?? {}) as { rows?: unknown; batches?: unknown };
  const count = (value: unknown): number => (typeof value === 'number' ? value : 0);
  return { type: 'lost', rows: count(rows), batches: count(batches) };
}

/** One connection, until it ends. */
async function* connectOnce(
  connection: Connection,
  position: Position,
  signal: AbortSignal,
  idleMs: number,
): AsyncGenerator<readonly StreamEvent[], void, undefined> {
  const idle = new AbortController();
  const either = anyOf(signal, idle.signal);
  const body = await connection.open('/api/v1/stream', {
    op: OP,
    accept: EVENT_STREAM,
    signal: either.signal,
    ...position.request(),
  });
  if (position.connectedBefore) yield [{ type: 'reconnected' }];
  position.connected();
  const silence = (): void =>
    idle.abort(
      new ApiError(OP, 'interrupted', `nothing came from ${connection.base} for ${idleMs / 1000} s`),
    );
  let timer = setTimeout(silence, idleMs);
  try {
    for await (const { events, retryMs } of readEvents(OP, body)) {
      clearTimeout(timer);
      position.retryMs = retryMs ?? position.retryMs;
      const out = events.flatMap((event) => (position.take(event) ? (toStreamEvent(event) ?? []) : []));
      if (out.length > 0) yield out;
      timer = setTimeout(silence, idleMs);
    }
  } finally {
    clearTimeout(timer);
    either.release();
  }
}

/** Whether another try may help: the hub is away or failing, not refusing. */
function passing({ code }: ApiError): boolean {
  return code === 'unreachable' || code === 'busy' || code === 'server' || code === 'interrupted';
}

export async function* follow(
  connection: Connection,
  query: Query,
  { signal, idleMs = 60_000, firstRetryMs = 500, maxRetryMs = 15_000, random = Math.random }: FollowOptions,
): AsyncGenerator<readonly StreamEvent[], void, undefined> {
  const position = new Position(query);
  while (!signal.aborted) {
    let error = new ApiError(OP, 'interrupted', `${connection.base} closed the stream`);
    try {
      yield* connectOnce(connection, position, signal, idleMs);
    } catch (caught) {
      if (signal.aborted) return;
      error = errorOfBody(OP, connection.base, caught);
      if (!position.connectedBefore || !passing(error)) throw error;
    }
    // The generator may have been ended by its reader meanwhile.
    if (signal.aborted) return;
    position.attempt++;
    const firstMs = position.retryMs ?? firstRetryMs;
    const inMs = backoffMs(position.attempt, { firstMs, maxMs: Math.max(maxRetryMs, firstMs), random });
    yield [{ type: 'disconnected', error, inMs }];
    await pause(inMs, signal);
  }
}
