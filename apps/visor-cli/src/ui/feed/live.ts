import { ApiError, type StreamEvent, type VisorClient } from '#api-client';
import { type Clock } from '../../format/clock.js';
import { printable } from '../../format/printable.js';
import { LossLines } from '../../watch/loss-lines.js';
import { noticeOf } from '../../watch/watch.js';
import { type Action } from '../model/actions.js';
import { type UiState } from '../model/state.js';
import { streamQuery } from './query.js';

export interface FeedParts {
  readonly client: VisorClient;
  readonly clock: () => Clock;
  /** ms since 1970 */
  readonly now: () => number;
  readonly state: () => UiState;
  readonly dispatch: (action: Action) => void;
}

/** Tells what agents lost, each loss once. */
export function lossTeller({ clock, dispatch }: FeedParts): (json: string) => void {
  const losses = new LossLines(clock());
  return (json) => {
    const before = losses.events;
    const text = losses.line(json);
    if (text !== undefined) dispatch({ type: 'missing', events: losses.events - before, rows: 0, text });
  };
}

/** What an event that is no row does to the state. */
function told(
  event: Exclude<StreamEvent, { type: 'row' | 'loss' }>,
  { client, now, dispatch }: FeedParts,
): void {
  const text = noticeOf(event, printable(client.host));
  switch (event.type) {
    case 'lost':
      dispatch({ type: 'missing', events: 0, rows: event.rows, text });
      dispatch({ type: 'message', text, isError: true });
      return;
    case 'nats':
      dispatch({ type: 'connection', connection: { kind: event.away ? 'nats-away' : 'connected' } });
      return;
    case 'disconnected': {
      const why = printable(event.error.message);
      const retryAtMs = now() + event.inMs;
      dispatch({ type: 'connection', connection: { kind: 'reconnecting', why, retryAtMs } });
      return;
    }
    case 'reconnected':
      dispatch({ type: 'message', text: `${text}; it goes on where it was` });
  }
}

/** Packets as they come, until the signal. @throws ApiError, CliError */
export async function followLive(parts: FeedParts, signal: AbortSignal): Promise<void> {
  const { client, now, state, dispatch } = parts;
  const onConnected = (): void => dispatch({ type: 'connection', connection: { kind: 'connected' } });
  const lost = lossTeller(parts);
  for await (const events of client.stream(streamQuery(state(), now() * 1000), { signal, onConnected })) {
    if (signal.aborted) return;
    let rows: string[] = [];
    const flush = (): void => {
      if (rows.length > 0) dispatch({ type: 'rows', rows, nowMs: now() });
      rows = [];
    };
    for (const event of events) {
      if (event.type === 'row') {
        rows.push(event.json);
        continue;
      }
      flush();
      if (event.type === 'loss') lost(event.json);
      else told(event, parts);
    }
    flush();
  }
}

/** @returns whether asking again may help */
export const mayPass = (error: unknown): boolean =>
  error instanceof ApiError &&
  ['unreachable', 'closed', 'busy', 'server', 'interrupted'].includes(error.code);
