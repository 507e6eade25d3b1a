import { JetStreamApiError } from '@nats-io/jetstream';
import { type Bus } from './bus.js';
import { header } from './headers.js';
import { hubConsumer } from './hub-consumer.js';
import { type AskedBatch } from './stored-message.js';
import { tracesStream } from './streams.js';

/** JSNoMessageFoundErr */
const noMessage = 10037;
/** Messages that are asked for at a time. */
const together = 8;

/** What the stream of traces still holds for the hub. */
export class TraceStream {
  constructor(private readonly bus: Pick<Bus, 'manager'>) {}

  /**
   * @returns those of the batches that the hub will not get from the stream any more: their number is unknown, or one
   * that the stream does not have, has settled, or has given to another message, as after it was made anew
   * @throws JetStreamError
   */
  async without(batches: readonly AskedBatch[]): Promise<Set<bigint>> {
    const consumer = await this.bus.manager.consumers.info(tracesStream, hubConsumer);
    const { state } = await this.bus.manager.streams.info(tracesStream);
    const first = Math.max(state.first_seq, consumer.ack_floor.stream_seq + 1);
    const isInside = ({ sequence }: AskedBatch): boolean => sequence >= first && sequence <= state.last_seq;
    const outside = batches.filter((batch) => !isInside(batch));
    const strangers = await this.#strangers(batches.filter(isInside));
    return new Set([...outside, ...strangers].map(({ batchId }) => batchId));
  }

  /** Where the oldest and the newest are the stream's, those between are. */
  async #strangers(batches: readonly AskedBatch[]): Promise<readonly AskedBatch[]> {
    const ordered = [...batches].sort((a, b) => a.sequence - b.sequence);
    const ends = [...new Set([ordered[0], ordered.at(-1)])].filter((batch) => batch !== undefined);
    const strangers = await this.#notThere(ends);
    return strangers.length === 0 ? [] : this.#notThere(ordered);
  }

  async #notThere(batches: readonly AskedBatch[]): Promise<AskedBatch[]> {
    const found: AskedBatch[] = [];
    for (let at = 0; at < batches.length; at += together) {
      const some = batches.slice(at, at + together);
      const there = await Promise.all(some.map((batch) => this.#holds(batch)));
      found.push(...some.filter((_, i) => !there[i]));
    }
    return found;
  }

  async #holds({ sequence, batchId }: AskedBatch): Promise<boolean> {
    try {
      const message = await this.bus.manager.streams.getMessage(tracesStream, { seq: sequence });
      return message?.header.get(header.batch) === String(batchId);
    } catch (error) {
      if (error instanceof JetStreamApiError && error.code === noMessage) return false;
      throw error;
    }
  }
}
