import { header, type LiveMessage } from '#bus';
import { jsonRow } from '#columns';
import { checkBatch } from '../ingest/check-batch.js';
import { unpackBatch } from '../ingest/gunzip.js';
import { type DecodedBatch } from '#wire';

/** A batch of the stream, decoded once for all who follow; a row's JSON is made when the first of them wants it. */
export class LiveBatch {
  readonly #json: (string | undefined)[] = [];
  #order: Uint32Array | undefined;

  constructor(
    /** Its number in the stream. */
    readonly sequence: number,
    readonly source: DecodedBatch,
  ) {}

  /** Its rows in the order of time: an agent delivers a packet once its fate is known, not when it began. */
  get order(): Uint32Array {
    if (this.#order) return this.#order;
    const { source } = this;
    const times = Float64Array.from({ length: source.rows }, (_, row) => source.get('ts', row));
    const rows = Uint32Array.from(times, (_, row) => row);
    return (this.#order = rows.sort((a, b) => (times[a] ?? 0) - (times[b] ?? 0) || a - b));
  }

  json(row: number): string {
    return (this.#json[row] ??= JSON.stringify(jsonRow(this.source, row)));
  }

  /** What the same row of the store bears, too. */
  key(row: number): string {
    return `${this.source.get('packet_id', row)}/${this.source.get('hop', row)}`;
  }
}

/**
 * @param enrich adds the columns of the hub, as it does where batches are stored
 * @throws RejectBatch for a batch that the hub does not store either
 */
export async function decodeLive(
  message: LiveMessage,
  enrich: (batch: DecodedBatch) => DecodedBatch,
): Promise<LiveBatch> {
  const arrow = await unpackBatch(message);
  const { source } = checkBatch(message.subject, message.headers, arrow);
  return new LiveBatch(message.sequence, enrich(source));
}

/** @returns how many rows a message says it has */
export function claimedRows(message: LiveMessage): number {
  const rows = Number(message.headers[header.rows]);
  return Number.isSafeInteger(rows) && rows > 0 ? rows : 0;
}
