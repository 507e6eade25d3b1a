import { setTimeout as sleep } from 'node:timers/promises';
import { type BatchEntry, storedForm } from './batch-entry.js';
import { type Complaints } from './complaints.js';
import { type PublisherOptions } from './publisher-options.js';
import { type TraceBatch } from './trace-batch.js';

/** What becomes of a batch that is larger than NATS takes. */
export type Cut =
  /** Its parts take its place, on the disk as well where it was there; `tooLarge` rows fit in none of them. */
  | {
      readonly kind: 'parts';
      readonly parts: readonly TraceBatch[];
      readonly tooLarge: number;
      readonly onDisk: boolean;
    }
  /** It cannot be cut. */
  | { readonly kind: 'impossible' }
  /** The disk did not take the parts; to be tried again. */
  | { readonly kind: 'disk' }
  /** It is over meanwhile: stored, given up, or left to the next run. */
  | { readonly kind: 'over' };

export interface CutterOptions extends Pick<PublisherOptions, 'split' | 'spool'> {
  readonly complaints: Complaints;
  /** Whether the stop, or the hub's word, came before. */
  readonly over: (entry: BatchEntry) => boolean;
}

/** Cuts batches that are larger than NATS takes. Nothing of a batch is out before the disk has its parts in its place. */
export class BatchCutter {
  constructor(private readonly options: CutterOptions) {}

  /** @param limit bytes that a part may have */
  async cut(entry: BatchEntry, bytes: Uint8Array, limit: number): Promise<Cut> {
    const { split, over, complaints } = this.options;
    const { subject, batchId, rows, schema, span } = entry;
    const batch: TraceBatch = { subject, batchId, rows, schema, bytes, ...(span && { span }) };
    const cut = await split?.(batch, limit).catch((error: Error) => {
      complaints.tell('too_large', `a batch that NATS does not take cannot be split: ${error.message}`);
    });
    // else it would come to the disk after its parts, and be there after a crash
    while (entry.writing && !over(entry)) await sleep(10);
    if (over(entry)) return { kind: 'over' };
    if (!cut || cut.parts.length === 0) {
      const much = `a batch of ${bytes.length} bytes is larger than NATS takes (${limit}); dropped`;
      complaints.tell('too_large', much);
      return { kind: 'impossible' };
    }
    const { onDisk } = entry;
    if (onDisk && !(await this.#replace(entry, cut.parts))) return { kind: 'disk' };
    // its rows are in ClickHouse, or given up: in the next run the parts would be sent beside it
    if (onDisk && entry.state === 'done') {
      this.options.spool?.store.remove(cut.parts.map((part) => part.batchId));
      return { kind: 'over' };
    }
    return { kind: 'parts', ...cut, onDisk };
  }

  /** With the parts out and the whole on disk a restart would double it. */
  async #replace({ batchId }: BatchEntry, parts: readonly TraceBatch[]): Promise<boolean> {
    try {
      await this.options.spool?.store.replace(batchId, parts.map(storedForm));
      return true;
    } catch (error) {
      this.options.complaints.tell('spool', (error as Error).message);
      return false;
    }
  }
}
