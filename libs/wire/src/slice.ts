import { findColumn, type Kind } from '#columns';
import { DecodedBatch } from './decode.js';
import { rewriteBatch } from './rewrite.js';
import { arrowTypes } from './types.js';
import { stringsOf, type ColumnBytes } from './values.js';

/** Rows [from, until) of a batch, as a batch of its own. */
export interface Slice {
  readonly from: number;
  readonly until: number;
  /** What column `batch_id` of its rows says. */
  readonly batchId: bigint;
}

/**
 * @returns the Arrow stream of a part of a batch; its dictionaries hold only what its rows use
 * @throws RangeError where these are no rows of the batch
 */
export function sliceBatch(batch: DecodedBatch, { from, until, batchId }: Slice): Uint8Array {
  if (!(from >= 0 && from < until && until <= batch.rows)) {
    throw new RangeError(`The batch has no rows [${from}, ${until}): it has ${batch.rows}.`);
  }
  const rows = until - from;
  const columns = batch.columns.map((column): ColumnBytes => {
    if (column.name === 'batch_id') {
      return { name: 'batch_id', rows, values: bytesOf(new BigUint64Array(rows).fill(batchId)) };
    }
    const kind = findColumn(column.name)?.kind as Kind;
    if (column.strings) return sliceStrings(column, from, until);
    return {
      name: column.name,
      rows,
      values: sliceValues(column.values, arrowTypes[kind].bits, from, until),
    };
  });
  return rewriteBatch(DecodedBatch.of(rows, columns));
}

/** @returns the rows with which a packet begins, in a batch whose packets lie one behind the other; 0 is the first */
export function packetStarts(batch: DecodedBatch): number[] {
  const bytes = batch.bytesOf('packet_id');
  if (!bytes) return [0];
  const ids = new BigUint64Array(bytes.buffer, bytes.byteOffset, batch.rows);
  const starts: number[] = [];
  for (let row = 0; row < batch.rows; row++) {
    if (row === 0 || ids[row] !== ids[row - 1]) starts.push(row);
  }
  return starts;
}

const bytesOf = (words: BigUint64Array | Int32Array): Uint8Array =>
  new Uint8Array(words.buffer, words.byteOffset, words.byteLength);

function sliceValues(values: Uint8Array, bits: number, from: number, until: number): Uint8Array {
  if (bits >= 8) return values.slice((bits / 8) * from, (bits / 8) * until);
  const sliced = new Uint8Array(Math.ceil((until - from) / 8));
  for (let row = from; row < until; row++) {
    const bit = ((values[row >> 3] as number) >> (row & 7)) & 1;
    const at = row - from;
    sliced[at >> 3] = (sliced[at >> 3] as number) | (bit << (at & 7));
  }
  return sliced;
}

function sliceStrings({ name, values, strings }: ColumnBytes, from: number, until: number): ColumnBytes {
  const rows = until - from;
  const indices = new Int32Array(values.buffer, values.byteOffset + 4 * from, rows);
  const places = new Map<number, number>();
  const texts: string[] = [];
  const dense = new Int32Array(rows);
  for (const [row, index] of indices.entries()) {
    let place = places.get(index);
    if (place === undefined) {
      place = texts.push(strings?.texts[index] ?? '') - 1;
      places.set(index, place);
    }
    dense[row] = place;
  }
  return { name, rows, values: bytesOf(dense), strings: stringsOf(texts) };
}
