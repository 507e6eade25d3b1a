import { type DecodedBatch } from './decode.js';
import { halves64 } from './values.js';

/** @returns the first row whose string in the column is another one; -1 where each row has it */
export function otherText(batch: DecodedBatch, name: 'agent_id', text: string): number {
  const column = batch.column(name);
  if (!column) return text === '' ? -1 : 0;
  // A dictionary has each string once.
  const wanted = column.strings?.texts.indexOf(text) ?? -1;
  const indices = new Int32Array(column.values.buffer, column.values.byteOffset, batch.rows);
  for (let row = 0; row < batch.rows; row++) if (indices[row] !== wanted) return row;
  return -1;
}

/** @returns the first row whose number in the column is another one; -1 where each row has it */
export function otherNumber(batch: DecodedBatch, name: 'batch_id', value: bigint): number {
  const column = batch.column(name);
  if (!column) return value === 0n ? -1 : 0;
  const low = Number(value & 0xffff_ffffn);
  const high = Number(value >> 32n);
  const halves = halves64(column);
  for (let row = 0; row < batch.rows; row++) {
    if (halves[2 * row] !== low || halves[2 * row + 1] !== high) return row;
  }
  return -1;
}
