import { gunzipSync } from 'node:zlib';
import { type ConsumerMessages, type JsMsg } from '@nats-io/jetstream';
import {
  type AskedBatch,
  type Bus,
  connectBus,
  decodeAsk,
  encodeStored,
  header,
  isStartCheck,
  type RejectedBatch,
  subjects,
  tracesStream,
} from '#bus';
import { decodeBatch } from '#wire';

export type Answer = 'stored' | 'again' | 'rejected' | 'waiting';

/** A batch as it stands in the stream. */
export interface StreamedBatch {
  readonly batchId: bigint;
  readonly rows: number;
  readonly attempt: number;
  /** Of its rows, in their order */
  readonly packets: readonly bigint[];
}

const silent = {
  debug: () => undefined,
  log: () => undefined,
  warn: () => undefined,
  error: () => undefined,
};

/** The hub's side of the acknowledgement, word for word as a test wants it: it takes nothing by itself. */
export class HubWord {
  /** Everything that was asked, in order. */
  readonly asked: AskedBatch[] = [];
  /** What a question is answered with, batch by batch. */
  answer: (batch: AskedBatch) => Answer = () => 'waiting';

  private constructor(
    private readonly bus: Bus,
    private readonly agent: string,
  ) {}

  static async connect(natsUrl: string, agent: string): Promise<HubWord> {
    const bus = await connectBus({ url: natsUrl, name: 'hub-word', log: silent, retryMs: 50 });
    const word = new HubWord(bus, agent);
    bus.connection.subscribe(subjects.ask(agent), {
      callback: (_, message) => {
        if (!isStartCheck(message)) message.respond(word.#reply(message.data));
      },
    });
    await bus.connection.flush();
    return word;
  }

  /** Tells the agent without being asked. */
  async tell(stored: readonly bigint[], rejected: readonly RejectedBatch[] = []): Promise<void> {
    this.bus.connection.publish(subjects.stored(this.agent), encodeStored({ stored, rejected, again: [] }));
    await this.bus.connection.flush();
  }

  /** @returns what the stream has now, in order */
  async stream(): Promise<StreamedBatch[]> {
    await this.bus.whenConnected();
    // after the loss of its store NATS has no stream until the agent makes it again
    const info = await this.bus.manager.streams.info(tracesStream).catch(() => undefined);
    if (!info || info.state.messages === 0) return [];
    const consumer = await this.bus.js.consumers.get(tracesStream);
    const batches: StreamedBatch[] = [];
    const messages: ConsumerMessages = await consumer.consume();
    for await (const message of messages) {
      batches.push(read(message));
      if (message.info.pending === 0) break;
    }
    await messages.close();
    return batches;
  }

  async close(): Promise<void> {
    await this.bus.close();
  }

  #reply(question: Uint8Array): Uint8Array {
    const batches = decodeAsk(question);
    if (typeof batches === 'string') throw new Error(batches);
    this.asked.push(...batches);
    const of = (answer: Answer): bigint[] =>
      batches.filter((batch) => this.answer(batch) === answer).map(({ batchId }) => batchId);
    const rejected = of('rejected').map((batchId) => ({ batchId, reason: 'test' }));
    return encodeStored({ stored: of('stored'), rejected, again: of('again') });
  }
}

function read({ headers, data }: JsMsg): StreamedBatch {
  const decoded = decodeBatch(gunzipSync(data));
  return {
    batchId: BigInt(headers?.get(header.batch) ?? -1),
    rows: decoded.rows,
    attempt: Number(headers?.get(header.attempt) || 1),
    packets: Array.from({ length: decoded.rows }, (_, row) => decoded.get('packet_id', row)),
  };
}

/** @returns the packets of all batches, each batch counted once however often it was published */
export function packetsOf(batches: readonly StreamedBatch[]): bigint[] {
  return [...new Map(batches.map((batch) => [batch.batchId, batch])).values()].flatMap(
    ({ packets }) => packets,
  );
}
