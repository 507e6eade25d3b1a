import { type Anchor, type LiveMessage } from '#bus';
import { jsonRow } from '#columns';
import { checkBatch } from '../ingest/check-batch.js';
import { unpackBatch } from '../ingest/gunzip.js';
import { type DecodedBatch } from '#wire';
import { type LiveFilter } from './live-filter.js';
import { formatPlace } from './place.js';

/** Events of rows, as they go to every client that wants them. */
export interface Piece {
  readonly bytes: Uint8Array;
  readonly rows: number;
  /** Of the last of them: its number among the batch's rows by time, and its id. */
  readonly lastRow: number;
  readonly lastId: string;
}

/** A slow client is sent a piece or not, as a whole. */
const pieceChars = 64 * 1024;
/** Bytes of a decoded row, and of a batch without its rows. */
const rowBytes = 160;
const batchBytes = 4096;

/**
 * A batch of the stream, decoded once for all who follow. What is made of it is made when the first of them wants it: a
 * row's event, and all events of a filter.
 */
export class LiveBatch implements Anchor {
  readonly sequence: number;
  readonly time_us: number;
  #events: (string | undefined)[] = [];
  readonly #pieces = new Map<string, readonly Piece[]>();
  #order: Uint32Array | undefined;
  #decisive: Uint32Array | undefined;
  #bytes: number;
  /** Told of bytes that are held from now on, too. */
  onGrow: (bytes: number) => void = () => undefined;

  constructor(
    { sequence, time_us }: Anchor,
    readonly agentId: string,
    readonly batchId: bigint,
    readonly source: DecodedBatch,
    /** Losses that were told when it was decoded, as LossLog counts. */
    private readonly losses_us: number,
  ) {
    this.sequence = sequence;
    this.time_us = time_us;
    this.#bytes = batchBytes + rowBytes * source.rows;
  }

  /** What it takes in memory, about. */
  get bytes(): number {
    return this.#bytes;
  }

  /** @returns the events of the rows that match, in the order of time. @param after only those after this row */
  pieces(filter: LiveFilter, after?: number): readonly Piece[] {
    if (after !== undefined) return this.#make(filter, after);
    const known = this.#pieces.get(filter.key);
    if (known) return known;
    const made = this.#make(filter, -1);
    this.#pieces.set(filter.key, made);
    this.#grow(made.reduce((sum, { bytes }) => sum + bytes.length, 100));
    return made;
  }

  /** Its rows in the order of time: an agent delivers a packet once its fate is known, not when it began. */
  get order(): Uint32Array {
    return (this.#order ??= orderOf(this.source));
  }

  /** Where in that order the rows are that decided a packet's fate. */
  get decisive(): Uint32Array {
    const { order, source } = this;
    return (this.#decisive ??= Uint32Array.from(order.keys()).filter((place) =>
      source.get('decisive', order[place] ?? 0),
    ));
  }

  #make(filter: LiveFilter, after: number): Piece[] {
    const { order } = this;
    const matches = filter.matches(this.source);
    const pieces: Piece[] = [];
    let text = '';
    let rows = 0;
    let last = -1;
    const close = (): void => {
      if (rows === 0) return;
      pieces.push({ bytes: Buffer.from(text), rows, lastRow: last, lastId: this.#id(last) });
      text = '';
      rows = 0;
    };
    const take = (place: number): void => {
      if (place <= after || !matches(order[place] ?? 0)) return;
      text += this.#event(place);
      rows++;
      last = place;
      if (text.length >= pieceChars) close();
    };
    if (filter.decisive) for (const place of this.decisive) take(place);
    else for (let place = 0; place < order.length; place++) take(place);
    close();
    return pieces;
  }

  /** Who has the last row has all of the batch. */
  #id(row: number): string {
    const { sequence, time_us, losses_us } = this;
    return formatPlace({ sequence, time_us, losses_us, row: row < this.source.rows - 1 ? row : undefined });
  }

  #event(place: number): string {
    const known = this.#events[place];
    if (known !== undefined) return known;
    const json = JSON.stringify(jsonRow(this.source, this.order[place] ?? 0));
    const event = `event: row\nid: ${this.#id(place)}\ndata: ${json}\n\n`;
    this.#events[place] = event;
    this.#grow(event.length);
    return event;
  }

  #grow(bytes: number): void {
    this.#bytes += bytes;
    this.onGrow(bytes);
  }
}

function orderOf(source: DecodedBatch): Uint32Array {
  const times = Float64Array.from({ length: source.rows }, (_, row) => source.get('ts', row));
  const rows = Uint32Array.from(times, (_, row) => row);
  const sorted = times.every((time, row) => row === 0 || (times[row - 1] ?? 0) <= time);
  return sorted ? rows : rows.sort((a, b) => (times[a] ?? 0) - (times[b] ?? 0) || a - b);
}

/**
 * @param enrich adds the columns of the hub, as it does where batches are stored
 * @throws RejectBatch for a batch that the hub does not store either
 */
export async function decodeLive(
  message: LiveMessage,
  enrich: (batch: DecodedBatch) => DecodedBatch,
  losses_us: () => number,
): Promise<LiveBatch> {
  const arrow = await unpackBatch(message);
  const { source, agent, batchId } = checkBatch(message.subject, message.headers, arrow);
  return new LiveBatch(message, agent, batchId, enrich(source), losses_us());
}
