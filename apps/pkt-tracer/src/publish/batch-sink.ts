import { promisify } from 'node:util';
import { constants, gzip as gzipCallback } from 'node:zlib';
import { type BatchPublisher, subjects } from '#bus';
import { schemaVersion } from '#wire';

const gzip = promisify(gzipCallback);

/** A batch as the capture thread hands it over. */
export interface ArrowBatch {
  /** Arrow IPC stream */
  bytes: Uint8Array;
  rows: number;
  batchId: bigint;
  /** Where its events were seen, and when the first and the last of them (µs since 1970) */
  netns: string;
  from_us: number;
  until_us: number;
}

/** Compresses batches off the main thread and gives them to the publisher. */
export class BatchSink {
  readonly #subject: string;
  readonly #compressing = new Set<Promise<void>>();

  constructor(
    agentId: string,
    private readonly publisher: Pick<BatchPublisher, 'publish'>,
  ) {
    this.#subject = subjects.traces(agentId);
  }

  /** @returns when the batch is in the publisher's queue; what becomes of it there is counted */
  take(batch: ArrowBatch): Promise<void> {
    const work = this.#compress(batch).finally(() => this.#compressing.delete(work));
    this.#compressing.add(work);
    return work;
  }

  /** @returns when all batches taken so far are in the publisher's queue */
  async settled(): Promise<void> {
    await Promise.all(this.#compressing);
  }

  async #compress({ bytes, rows, batchId, netns, from_us, until_us }: ArrowBatch): Promise<void> {
    const packed = await gzip(bytes, { level: constants.Z_BEST_SPEED });
    const span = { netns, from_us, until_us };
    void this.publisher.publish({
      subject: this.#subject,
      bytes: packed,
      rows,
      batchId,
      schema: schemaVersion,
      span,
    });
  }
}
