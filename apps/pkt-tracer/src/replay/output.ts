import { type Writable } from 'node:stream';
import { jsonRow } from '#columns';
import { decodeBatch } from '#wire';
import { type PipelineBatch } from '../capture/pipeline.js';

/** Where the batches of a replay go. */
export interface ReplayOutput {
  take(batch: PipelineBatch): void;
  /** Resolves when there is room for more; false = nobody wants more */
  room(): Promise<boolean>;
  /** Resolves when all is delivered that can be. */
  close(): Promise<Delivered>;
}

/** What became of the rows. */
export interface Delivered {
  /** As the last line says it: `1800 published to NATS at …` */
  said: string;
  /** Rows that were not delivered */
  lost: number;
}

/** Rows as JSON lines, one a hop, as the hub's API shows them. */
export class JsonLines implements ReplayOutput {
  #waiting: string[] = [];
  #closed = false;

  /** @param to when nobody reads it any more (`| head`), the replay ends */
  constructor(private readonly to: Pick<Writable, 'write' | 'on'>) {
    to.on('error', () => (this.#closed = true));
  }

  take({ bytes }: PipelineBatch): void {
    const batch = decodeBatch(bytes);
    let text = '';
    for (let row = 0; row < batch.rows; row++) text += `${JSON.stringify(jsonRow(batch, row))}\n`;
    this.#waiting.push(text);
  }

  async room(): Promise<boolean> {
    for (const text of this.#waiting.splice(0)) {
      if (this.#closed) return false;
      await new Promise<void>((resolve) => this.to.write(text, () => resolve()));
    }
    return !this.#closed;
  }

  async close(): Promise<Delivered> {
    await this.room();
    return { said: 'printed', lost: 0 };
  }
}
