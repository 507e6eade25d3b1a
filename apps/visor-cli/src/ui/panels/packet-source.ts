import { setTimeout as sleep } from 'node:timers/promises';
import { ApiError, type Query } from '#api-client';
import { formatTimestamp } from '#columns';
import { parseInstant } from '#filter';
import { parseRow, type TextRow } from '../../format/printable.js';
import { CliError } from '../../errors.js';
import { lossesOf } from '../../packet/print-packet.js';
import { type UiParts } from '../contracts.js';
import { formatFailure } from '../feed/failure.js';
import { selectedEntry, type UiState } from '../model/state.js';
import { type Entry } from '../model/entry.js';
import { Answers, type Answer } from './answers.js';

/** The way of a packet. */
export interface Way {
  /** Its hops in their order, one at least. */
  readonly rows: readonly TextRow[];
  readonly decided: TextRow | undefined;
  /** Lines about events that its agent lost meanwhile. */
  readonly losses: readonly string[];
}

/** The packet that panels tell of. */
export interface Shown {
  /** Its decisive row, as the hub sent it. */
  readonly json: string;
  readonly row: TextRow;
}

/** Where packets come one after the other, the panels go on to the newest so often. */
const PACE_MS = 1000;
/** A packet that has just come is in ClickHouse a little later. */
const WAITS_MS = [200, 400, 800, 1600, 3000];
/** Rows of a packet lie within so long a time. */
const AROUND_US = 60e6;

/** @returns the time in which the rows of a packet are, so that the hub has not to look through all */
function around(ts: string): Query {
  try {
    const at = parseInstant(ts);
    return { since: formatTimestamp(at - AROUND_US), until: formatTimestamp(at + AROUND_US) };
  } catch {
    return {};
  }
}

/** The packet of the list's line, and its way. What a person has selected stays, whatever comes in its flow. */
export class PacketSource {
  #entry: Entry | undefined;
  #sinceMs = 0;
  #last: { readonly shown: Shown; readonly way: Answer<Way> } | undefined;
  readonly #ways: Answers<Way>;

  constructor(private readonly parts: UiParts) {
    this.#ways = new Answers(parts, (key, signal) => this.#load(key, signal));
  }

  /** The packet that the panels are to tell of; undefined where there is none. */
  get packet(): Shown | undefined {
    return this.#entry && { json: this.#entry.json, row: this.#entry.row };
  }

  /** Chooses the packet. */
  update(state: UiState): void {
    const entry = selectedEntry(state);
    const { now } = this.parts;
    if (!entry) {
      this.#entry = undefined;
      this.#last = undefined;
      return;
    }
    const same = this.#entry?.key === entry.key;
    const follows = state.list.selected === undefined;
    if (this.#entry && (follows ? now() - this.#sinceMs < PACE_MS : same)) return;
    if (same && this.#entry?.json === entry.json) return;
    this.#entry = entry;
    this.#sinceMs = now();
  }

  /** @returns the way of the packet; of the one before it as long as that has not come */
  way(): { readonly shown: Shown; readonly way: Answer<Way> } | undefined {
    const shown = this.packet;
    if (!shown) return undefined;
    const { packet_id, ts } = shown.row;
    const way = this.#ways.get(JSON.stringify([packet_id, ts]));
    const isNews =
      way.kind !== 'waiting' || this.#last === undefined || this.parts.now() - this.#sinceMs > PACE_MS;
    if (!isNews && this.#last) return this.#last;
    this.#last = { shown, way };
    return this.#last;
  }

  async #load(key: string, signal: AbortSignal): Promise<Way> {
    const [id = '', ts = ''] = JSON.parse(key) as string[];
    const path = await this.#path(id, around(ts), signal);
    const rows = path.map((row) => parseRow(JSON.stringify(row)));
    if (rows.length === 0) throw new CliError('packet', 'not_found', `the hub has no hops of packet ${id}`);
    const decided = rows.find(({ decisive }) => decisive === 'true');
    return { rows, decided, losses: await this.#losses(rows, signal) };
  }

  async #path(id: string, query: Query, signal: AbortSignal): Promise<readonly object[]> {
    for (const wait of WAITS_MS) {
      try {
        return await this.#asked(id, query, signal);
      } catch (error) {
        if (!(error instanceof ApiError) || error.code !== 'not_found') throw error;
        await sleep(wait, undefined, { signal });
      }
    }
    return this.#asked(id, query, signal);
  }

  async #asked(id: string, query: Query, signal: AbortSignal): Promise<readonly object[]> {
    const { path } = await this.parts.client.packet(id, query, signal);
    if (Array.isArray(path)) return path;
    throw new CliError(
      'packet',
      'protocol',
      'the hub answers with what is no packet; is it of this version?',
    );
  }

  /** The story is worth telling without them. */
  async #losses(rows: readonly TextRow[], signal: AbortSignal): Promise<string[]> {
    try {
      return await lossesOf(rows, { ...this.parts, signal });
    } catch (error) {
      if (signal.aborted) throw error;
      return [`what was lost meanwhile is not known: ${formatFailure(error)}`];
    }
  }
}

/** @returns lines for a packet whose way is not there; undefined where it is */
export function instead(source: PacketSource): string[] | undefined {
  const found = source.way();
  if (!found) return ['no packet is selected'];
  const { way, shown } = found;
  if (way.kind === 'waiting') return [`asking the hub for packet ${shown.row.packet_id} …`];
  return way.kind === 'failed' ? [way.why] : undefined;
}
