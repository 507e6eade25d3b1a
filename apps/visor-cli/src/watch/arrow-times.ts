import { formatTimestamp } from '#columns';
import { RecordBatchReader, type RecordBatch } from 'apache-arrow';
import { type Shown } from './row-meter.js';

/** Counts the rows of an Arrow stream that passes. */
export class ArrowTimes implements Shown {
  count = 0;
  first = '';
  last = '';

  /**
   * @param pass takes each chunk before it is looked at
   * @returns how many rows have come, after each batch
   */
  async *read(
    chunks: AsyncIterable<Uint8Array>,
    pass: (chunk: Uint8Array) => Promise<void>,
  ): AsyncGenerator<number, void, undefined> {
    const iterator = chunks[Symbol.asyncIterator]();
    const passed = async function* (): AsyncGenerator<Uint8Array, void, undefined> {
      for (;;) {
        const next: IteratorResult<Uint8Array> = await iterator.next();
        if (next.done) return;
        await pass(next.value);
        yield next.value;
      }
    };
    for await (const batch of await RecordBatchReader.from(passed())) {
      this.#take(batch);
      yield this.count;
    }
    // The reader stops at the stream's end mark; whatever follows is the hub's all the same.
    for await (const _ of passed());
  }

  #take(batch: RecordBatch): void {
    if (batch.numRows === 0) return;
    if (this.count === 0) this.first = timeAt(batch, 0);
    this.last = timeAt(batch, batch.numRows - 1);
    this.count += batch.numRows;
  }
}

/** @returns RFC 3339 with microseconds; '' where the batch has no times */
function timeAt(batch: RecordBatch, row: number): string {
  const values = batch.getChild('ts')?.data[0]?.values as unknown;
  if (!(values instanceof BigInt64Array)) return '';
  const us = values[row];
  return us === undefined ? '' : formatTimestamp(Number(us));
}
