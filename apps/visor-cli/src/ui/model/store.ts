import { parseValues } from '../../format/printable.js';
import { type Action } from './actions.js';
import { Meter } from './meter.js';
import { PacketList } from './packet-list.js';
import { type ListState, type Missing, panelNames, type UiState } from './state.js';

/** Lines that are kept. */
export const MAX_LINES = 5000;

const nothing: Missing = { events: 0, rows: 0, unknown: false, last: undefined };
const emptyList: ListState = { entries: [], groups: undefined, selected: undefined, forgotten: 0 };
const start = { cursor: 0, top: 0, moved: false };

/** What the command line says; the rest begins empty. */
export type Beginning = Pick<UiState, 'hub' | 'filter' | 'range' | 'order' | 'aggregate' | 'panel'>;

function initial(beginning: Beginning, nowMs: number): UiState {
  const meter = new Meter(nowMs);
  return {
    ...beginning,
    connection: { kind: 'connecting' },
    list: emptyList,
    counts: meter.counts,
    seconds: [],
    missing: nothing,
    held: undefined,
    places: Object.fromEntries(panelNames.map((name) => [name, start])) as UiState['places'],
    focus: 'list',
    message: undefined,
  };
}

/** The state of the screen, and the only one who changes it. Rows change it so often that its lists are made when it is read. */
export class UiStore {
  #state: UiState;
  #packets = new PacketList(MAX_LINES);
  #meter: Meter;
  /** Rows have come since the state was read. */
  #stale = false;
  #nowMs: number;
  readonly #listeners = new Set<(action: Action) => void>();

  /** @param nowMs ms since 1970 */
  constructor(beginning: Beginning, nowMs: number) {
    this.#nowMs = nowMs;
    this.#meter = new Meter(nowMs);
    this.#state = initial(beginning, nowMs);
  }

  get state(): UiState {
    if (this.#stale) {
      this.#stale = false;
      const { held, list } = this.#state;
      const counted = { counts: this.#meter.counts, seconds: this.#meter.seconds(this.#nowMs) };
      this.#state = { ...this.#state, ...counted, list: held === undefined ? this.#lines(list) : list };
    }
    return this.#state;
  }

  /** @param listener is called after each change @returns ends it */
  subscribe(listener: (action: Action) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  dispatch(action: Action): void {
    if (action.type === 'rows') this.#rows(action.rows, action.nowMs);
    else if (action.type === 'tick') this.#tick(action.nowMs);
    else this.#state = this.#changed(this.state, action);
    for (const listener of this.#listeners) listener(action);
  }

  #rows(rows: readonly string[], nowMs: number): void {
    this.#nowMs = Math.max(this.#nowMs, nowMs);
    const { selected } = this.#state.list;
    for (const json of rows) {
      const row = parseValues(json);
      this.#packets.add(json, row, selected);
      this.#meter.take(row, nowMs);
    }
    const { held } = this.#state;
    if (held !== undefined) this.#state = { ...this.#state, held: held + rows.length };
    this.#stale = true;
  }

  #tick(nowMs: number): void {
    this.#nowMs = Math.max(this.#nowMs, nowMs);
    this.#stale = true;
  }

  #lines(list: ListState): ListState {
    const lines = this.#packets.lines();
    const entries = this.#state.order === 'newest-first' ? lines.reverse() : lines;
    return { ...list, entries, forgotten: this.#packets.forgotten };
  }

  /** What was there is of another question. */
  #anew(state: UiState, change: Partial<UiState>): UiState {
    this.#packets = new PacketList(MAX_LINES);
    this.#meter = new Meter(this.#nowMs);
    this.#stale = true;
    return {
      ...state,
      list: emptyList,
      missing: nothing,
      held: undefined,
      connection: { kind: 'connecting' },
      ...change,
    };
  }

  #ordered(state: UiState, order: UiState['order']): UiState {
    if (order === state.order) return state;
    // What is held back stays so.
    const entries = [...state.list.entries].reverse();
    return { ...state, order, list: { ...state.list, entries } };
  }

  #pause(state: UiState, on: boolean): UiState {
    if (on) return { ...state, held: state.held ?? 0 };
    this.#stale = true;
    return { ...state, held: undefined };
  }

  #changed(state: UiState, action: Exclude<Action, { type: 'rows' | 'tick' }>): UiState {
    switch (action.type) {
      case 'groups':
        return { ...state, list: { ...state.list, groups: action.groups } };
      case 'connection':
        return { ...state, connection: action.connection };
      case 'missing':
        return { ...state, missing: moreMissing(state.missing, action) };
      case 'filter':
        return this.#anew(state, { filter: action.filter });
      case 'range':
        return this.#anew(state, { range: action.range });
      case 'aggregate':
        return this.#anew(state, { aggregate: action.by });
      case 'start':
        return this.#anew(state, { range: { kind: 'live', last: 0 }, aggregate: [] });
      case 'pause':
        return this.#pause(state, action.on);
      case 'order':
        return this.#ordered(state, action.order);
      case 'panel':
        return { ...state, panel: action.panel };
      case 'focus':
        return { ...state, focus: action.on };
      case 'select':
        return select(state, action.key);
      case 'place': {
        const { panel, cursor, top } = action;
        return { ...state, places: { ...state.places, [panel]: { cursor, top, moved: true } } };
      }
      case 'message':
        return { ...state, message: { text: action.text, isError: action.isError ?? false } };
      case 'message-read':
        return { ...state, message: undefined };
    }
  }
}

/** Another packet is read from its beginning. */
function select(state: UiState, key: string | undefined): UiState {
  const { path, ruleset, details } = { path: start, ruleset: start, details: start };
  return {
    ...state,
    list: { ...state.list, selected: key },
    places: { ...state.places, path, ruleset, details },
  };
}

function moreMissing(
  before: Missing,
  { events, rows, text }: { events: number; rows: number; text: string },
): Missing {
  return {
    events: before.events + events,
    rows: before.rows + rows,
    unknown: before.unknown || (events === 0 && rows === 0),
    last: text,
  };
}
