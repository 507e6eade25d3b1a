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
  /** Something is missing here. */
  | LostEvent
  /** An agent lost events, or a loss told before has grown: its JSON text as the hub sent it. */
  | { readonly type: 'loss'; readonly json: string }
  /** The hub has lost NATS, so that nothing new comes; or it has it again, and goes on where it was. */
  | { readonly type: 'nats'; readonly away: boolean }
  /** The connection was lost; the next try comes in `inMs`. */
  | { readonly type: 'disconnected'; readonly error: ApiError; readonly inMs: number }
  | { readonly type: 'reconnected' };

export interface LostEvent {
  readonly type: 'lost';
  /**
   * `slow`: this client did not read them in time; `gone`: the stream no longer had them; `behind`: the hub has not stored
   * them yet; `stream`: NATS lost its stream, and nobody knows what was in it; `failed`: the hub failed on them.
   */
  readonly reason: string;
  /** How many rows or batches; 0 and 0 where nobody knows. */
  readonly rows: number;
  readonly batches: number;
  /** Losses of agents that were not told, for the same reason. */
  readonly losses: number;
  /** RFC 3339: when what is missing came to the stream; absent where it is now. */
  readonly since?: string;
  readonly until?: string;
}

export interface FollowOptions {
  readonly signal: AbortSignal;
  /** The hub sends a heartbeat when it has nothing else; after so long without any, the connection is taken for dead. */
  readonly idleMs?: number;
  readonly firstRetryMs?: number;
  readonly maxRetryMs?: number;
  /** Who is asked to wait (`Retry-After`) waits that long, but no longer than this. */
  readonly maxRetryAfterMs?: number;
  readonly random?: () => number;
  /** Called when the hub has taken a connection, the first one too, and before anything of it. */
  readonly onConnected?: () => void;
}

const OP = 'stream';
const EVENT_STREAM = 'text/event-stream';

/** What a stream must know to go on where it was. */
class Position {
  connectedBefore = false;
  attempt = 0;
  retryMs: number | undefined;
  ended = false;
  readonly #resume = new Resume();

  constructor(private readonly query: Query) {}

  request(): { query: Query; headers: Record<string, string> } {
    const { lastId } = this.#resume;
    return { query: this.query, headers: lastId === undefined ? {} : { 'last-event-id': lastId } };
  }

  /** @returns whether the event is new */
  take({ event, id, data }: SentEvent): boolean {
    // A hub that answers and fails at once is waited for ever longer all the same.
    if (event !== 'error') this.attempt = 0;
    this.ended ||= event === 'end';
    return this.#resume.take(event, id, data);
  }
}

/** @throws ApiError `protocol` for data that is not of the API; what the hub says ended the stream */
function toStreamEvent({ event, data }: SentEvent): StreamEvent | undefined {
  if (event === 'row' || event === 'loss') return { type: event, json: data };
  if (event !== 'lost' && event !== 'error' && event !== 'nats') return undefined;
  let body: unknown;
  try {
    body = JSON.parse(data);
  } catch (cause) {
    throw new ApiError(OP, 'protocol', `the stream has an event "${event}" whose data is no JSON`, { cause });
  }
  const fields = (body ?? {}) as Readonly<Record<string, unknown>>;
  if (event === 'nats') return { type: 'nats', away: fields['state'] === 'away' };
  if (event === 'lost') return lostEvent(fields);
  const problem = readProblem(body);
  // What is wrong with the question stays wrong.
  const { status = 500 } = problem;
  const code = status >= 500 || status === 429 ? 'server' : 'refused';
  throw new ApiError(OP, code, problem.detail ?? 'the hub ended the stream with an error', { problem });
}

function lostEvent(fields: Readonly<Record<string, unknown>>): LostEvent {
  const count = (name: string): number => (typeof fields[name] === 'number' ? fields[name] : 0);
  const text = (name: string): string | undefined =>
    typeof fields[name] === 'string' ? fields[name] : undefined;
  const [since, until] = [text('since'), text('until')];
  return {
    type: 'lost',
    reason: text('reason') ?? '',
    rows: count('rows'),
    batches: count('batches'),
    losses: count('losses'),
    ...(since !== undefined && { since }),
    ...(until !== undefined && { until }),
  };
}

/** One connection, until it ends. */
async function* connectOnce(
  connection: Connection,
  position: Position,
  { signal, idleMs, onConnected }: { signal: AbortSignal; idleMs: number; onConnected: () => void },
): AsyncGenerator<readonly StreamEvent[], void, undefined> {
  const idle = new AbortController();
  const either = anyOf(signal, idle.signal);
  const silence = (): void =>
    idle.abort(
      new ApiError(OP, 'interrupted', `nothing came from ${connection.base} for ${idleMs / 1000} s`),
    );
  // A proxy may take the connection and never answer.
  let timer = setTimeout(silence, idleMs);
  try {
    const body = await connection.open('/api/v1/stream', {
      op: OP,
      accept: EVENT_STREAM,
      signal: either.signal,
      ...position.request(),
    });
    clearTimeout(timer);
    onConnected();
    if (position.connectedBefore) yield [{ type: 'reconnected' }];
    position.connectedBefore = true;
    timer = setTimeout(silence, idleMs);
    for await (const { events, retryMs } of readEvents(OP, body)) {
      clearTimeout(timer);
      position.retryMs = retryMs ?? position.retryMs;
      const out = events.flatMap((event) => (position.take(event) ? (toStreamEvent(event) ?? []) : []));
      if (out.length > 0) yield out;
      if (position.ended) return;
      timer = setTimeout(silence, idleMs);
    }
  } finally {
    clearTimeout(timer);
    either.release();
  }
}

/** Whether another try may help: the hub is away or failing, not refusing. */
function passing({ code }: ApiError): boolean {
  return ['unreachable', 'closed', 'busy', 'server', 'interrupted'].includes(code);
}

export async function* follow(
  connection: Connection,
  query: Query,
  {
    signal,
    idleMs = 60_000,
    firstRetryMs = 500,
    maxRetryMs = 15_000,
    maxRetryAfterMs = 60_000,
    random = Math.random,
    onConnected = () => undefined,
  }: FollowOptions,
): AsyncGenerator<readonly StreamEvent[], void, undefined> {
  const position = new Position(query);
  while (!signal.aborted) {
    let error = new ApiError(OP, 'interrupted', `${connection.base} closed the stream`);
    try {
      yield* connectOnce(connection, position, { signal, idleMs, onConnected });
    } catch (caught) {
      if (signal.aborted) return;
      error = errorOfBody(OP, connection.base, caught);
      if (!position.connectedBefore || !passing(error)) throw error;
    }
    // The generator may have been ended by its reader meanwhile.
    if (signal.aborted || position.ended) return;
    position.attempt++;
    const firstMs = position.retryMs ?? firstRetryMs;
    const ownMs = backoffMs(position.attempt, { firstMs, maxMs: Math.max(maxRetryMs, firstMs), random });
    const asked = Math.min(error.retryAfterMs ?? 0, maxRetryAfterMs);
    // Those who are asked to wait the same time must not come back at the same moment.
    const inMs = asked > ownMs ? Math.round(asked + ownMs * random()) : ownMs;
    yield [{ type: 'disconnected', error, inMs }];
    await pause(inMs, signal);
  }
}
