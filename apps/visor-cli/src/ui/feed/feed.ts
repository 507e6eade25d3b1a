import { pause } from '#api-client';
import { formatFailure } from './failure.js';
import { groupsState } from './groups.js';
import { type FeedParts, followLive, lossTeller, mayPass } from './live.js';
import { groupsQuery, historyQuery } from './query.js';
import { lossesFor } from './losses.js';
import { MAX_LINES } from '../model/store.js';
import { type Action } from '../model/actions.js';

const TICK_MS = 1000;
const GROUPS_EVERY_MS = 2000;
const RETRY_MS = 2000;

/** Actions after which something else is asked for. */
const anew: readonly Action['type'][] = ['filter', 'range', 'aggregate', 'start'];

/** Brings what the state asks for: live packets, those of a time, groups. Whatever was asked before is let go of. */
export class Feed {
  #asking = new AbortController();
  readonly #timer: NodeJS.Timeout;
  readonly #parts: FeedParts;
  readonly #unsubscribe: () => void;

  /** @param subscribe calls its listener after each action @returns how to end that */
  constructor(parts: FeedParts, subscribe: (listener: (action: Action) => void) => () => void) {
    this.#parts = parts;
    this.#unsubscribe = subscribe((action) => {
      if (anew.includes(action.type)) this.#ask();
    });
    this.#timer = setInterval(() => parts.dispatch({ type: 'tick', nowMs: parts.now() }), TICK_MS);
    this.#ask();
  }

  close(): void {
    clearInterval(this.#timer);
    this.#unsubscribe();
    this.#asking.abort();
  }

  #ask(): void {
    this.#asking.abort();
    this.#asking = new AbortController();
    const { signal } = this.#asking;
    const { range, aggregate } = this.#parts.state();
    const isLive = range.kind === 'live';
    if (isLive) void this.#kept((until) => followLive(this.#parts, until), signal);
    else if (aggregate.length === 0) void this.#kept((until) => this.#history(until), signal);
    // Packets go on beside groups: that these do not come is no word about the connection.
    if (aggregate.length > 0) void this.#kept((until) => this.#groups(isLive, until), signal, isLive);
  }

  /** Begins the work again where that may help; where it does not the screen says why, and stays. */
  async #kept(
    work: (signal: AbortSignal) => Promise<void>,
    signal: AbortSignal,
    beside = false,
  ): Promise<void> {
    const { dispatch, now } = this.#parts;
    while (!signal.aborted) {
      try {
        await work(signal);
        return;
      } catch (error) {
        if (signal.aborted) return;
        const why = formatFailure(error);
        if (beside) {
          dispatch({ type: 'message', text: why, isError: true });
          if (!mayPass(error)) return;
        } else if (!mayPass(error))
          return dispatch({ type: 'connection', connection: { kind: 'failed', why } });
        else {
          const retryAtMs = now() + RETRY_MS;
          dispatch({ type: 'connection', connection: { kind: 'reconnecting', why, retryAtMs } });
        }
        await pause(RETRY_MS, signal);
      }
    }
  }

  async #history(signal: AbortSignal): Promise<void> {
    const { client, state, now, dispatch } = this.#parts;
    const query = historyQuery(state(), now() * 1000);
    const rows: string[] = [];
    for await (const some of client.packets(query, signal)) rows.push(...some);
    if (signal.aborted) return;
    dispatch({ type: 'rows', rows, nowMs: now() });
    const lost = lossTeller(this.#parts);
    for (const loss of await lossesFor(query, rows, client, signal)) lost(loss);
    if (signal.aborted) return;
    dispatch({ type: 'connection', connection: { kind: 'ended' } });
    if (rows.length === MAX_LINES) {
      const text = `only the last ${MAX_LINES} packets of this time are here; t asks for less time`;
      dispatch({ type: 'message', text });
    }
  }

  async #groups(isLive: boolean, signal: AbortSignal): Promise<void> {
    const { client, state, now, dispatch } = this.#parts;
    do {
      const query = groupsQuery(state(), now() * 1000);
      const groups = groupsState(await client.aggregate(query, signal), query);
      if (signal.aborted) return;
      if (state().held === undefined) dispatch({ type: 'groups', groups });
      if (!isLive) return dispatch({ type: 'connection', connection: { kind: 'ended' } });
      await pause(GROUPS_EVERY_MS, signal);
    } while (!signal.aborted);
  }
}
