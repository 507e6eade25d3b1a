import { NatsServer } from './nats-server.js';
import { recordingLog, type RecordingLog } from './recording-log.js';
import {
  type AskedBatch,
  BatchPublisher,
  type BatchStore,
  type Bus,
  connectBus,
  decodeAsk,
  encodeStored,
  ensureStreams,
  type PublisherOptions,
  type StoredBatch,
  type StoredMessage,
  subjects,
  type TraceBatch,
  tracesStream,
} from '../index.js';

export const batch = (n: number, size = 100): TraceBatch => ({
  subject: subjects.traces('web1'),
  bytes: new Uint8Array(size).fill(n),
  rows: n,
  batchId: BigInt(n),
  schema: 1,
  span: { netns: '', from_us: n, until_us: n + 1 },
});

/** Publishes batches of one byte and that many rows each. @returns when the stream has them */
export function publishBatches(bus: Bus, log: RecordingLog, ...rows: number[]): Promise<unknown> {
  const publisher = new BatchPublisher({ bus, log, onDropped: () => undefined, maxInFlight: 1 });
  return Promise.all(rows.map((n) => publisher.publish(batch(n, 1))));
}

export const quick = { every_ms: 20, after_ms: 0, answer_ms: 1000, patience: 3 };
const nothing: StoredMessage = { stored: [], rejected: [], again: [] };

export async function until(done: () => boolean): Promise<void> {
  while (!done()) await new Promise((resolve) => setTimeout(resolve, 5));
}

/** A store whose disk can fail. */
export class TestStore implements BatchStore {
  readonly batches = new Map<bigint, StoredBatch>();
  full = false;
  /** How many reads fail from now on. */
  unreadable = 0;

  append(stored: StoredBatch): Promise<void> {
    if (this.full) return Promise.reject(new Error('the spool /s takes no batches (ENOSPC)'));
    this.batches.set(stored.batchId, stored);
    return Promise.resolve();
  }

  async replace(batchId: bigint, parts: readonly StoredBatch[]): Promise<void> {
    for (const part of parts) await this.append(part);
    this.batches.delete(batchId);
  }

  read(batchId: bigint): Promise<Uint8Array | undefined> {
    if (this.unreadable-- > 0) return Promise.reject(new Error('EIO: i/o error, read'));
    return Promise.resolve(this.batches.get(batchId)?.bytes);
  }

  remove(ids: Iterable<bigint>): void {
    for (const id of ids) this.batches.delete(id);
  }
}

/** A real NATS with the streams, publishers of agent web1, and the hub's side as a test wants it. */
export class PublishingLab {
  readonly #publishers: BatchPublisher[] = [];

  private constructor(
    readonly nats: NatsServer,
    readonly log: RecordingLog,
    readonly bus: Bus,
  ) {}

  static async open(): Promise<PublishingLab> {
    const nats = await NatsServer.start();
    const log = recordingLog();
    const bus = await connectBus({ url: nats.url, name: 'test', log, retryMs: 50 });
    await ensureStreams(bus, log);
    return new PublishingLab(nats, log, bus);
  }

  async close(): Promise<void> {
    for (const publisher of this.#publishers) await publisher.drain(0);
    await this.bus.close();
    await this.nats.destroy();
  }

  /** @returns a publisher, and what it tells */
  publisher(options: Partial<PublisherOptions> = {}) {
    const events: string[] = [];
    const publisher = new BatchPublisher({
      bus: this.bus,
      log: this.log,
      agent: 'web1',
      confirmation: { ...quick, after_ms: 3_600_000 },
      onPublished: (rows) => events.push(`published ${rows}`),
      onStored: (rows) => events.push(`stored ${rows}`),
      onDropped: (rows, cause, { published }) =>
        events.push(`lost ${rows} ${cause}${published ? ' published' : ''}`),
      ...options,
    });
    this.#publishers.push(publisher);
    return { publisher, events };
  }

  /** Kills NATS; the bus knows when it resolves. */
  async loseNats(): Promise<void> {
    await this.nats.stop('SIGKILL');
    await this.log.next(/is gone/);
  }

  async tell(message: Partial<StoredMessage>): Promise<void> {
    this.bus.connection.publish(subjects.stored('web1'), encodeStored({ ...nothing, ...message }));
    await this.bus.connection.flush();
  }

  /** Answers as the hub. @returns what was asked */
  hub(answer: (batches: readonly AskedBatch[]) => Partial<StoredMessage>): AskedBatch[][] {
    const asked: AskedBatch[][] = [];
    this.bus.connection.subscribe(subjects.ask('web1'), {
      callback: (_, message) => {
        const batches = decodeAsk(message.data) as AskedBatch[];
        asked.push(batches);
        message.respond(encodeStored({ ...nothing, ...answer(batches) }));
      },
    });
    return asked;
  }

  async messages(): Promise<number> {
    return (await this.bus.manager.streams.info(tracesStream)).state.messages;
  }

  async header(seq: number, name: string): Promise<string | undefined> {
    return (await this.bus.manager.streams.getMessage(tracesStream, { seq }))?.header.get(name);
  }
}
