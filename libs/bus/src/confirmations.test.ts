import { NatsServer, recordingLog, type RecordingLog } from '#testing/bus';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
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
  type PublishOutcome,
  type StoredBatch,
  type StoredMessage,
  subjects,
  type TraceBatch,
  tracesStream,
} from './index.js';

let nats: NatsServer;
let bus: Bus;
let log: RecordingLog;
const publishers: BatchPublisher[] = [];

beforeEach(async () => {
  nats = await NatsServer.start();
  log = recordingLog();
  bus = await connectBus({ url: nats.url, name: 'test', log, retryMs: 50 });
  await ensureStreams(bus, log);
});

afterEach(async () => {
  for (const publisher of publishers.splice(0)) await publisher.drain(0);
  await bus.close();
  await nats.destroy();
});

const batch = (n: number, size = 100): TraceBatch => ({
  subject: subjects.traces('web1'),
  bytes: new Uint8Array(size).fill(n),
  rows: n,
  batchId: BigInt(n),
  schema: 1,
  span: { netns: '', from_us: n, until_us: n + 1 },
});

const quick = { every_ms: 20, after_ms: 0, answer_ms: 1000, patience: 3 };

function publisher(options: Partial<PublisherOptions> = {}) {
  const events: string[] = [];
  const made = new BatchPublisher({
    bus,
    log,
    agent: 'web1',
    confirmation: { ...quick, after_ms: 3_600_000 },
    onPublished: (rows) => events.push(`published ${rows}`),
    onStored: (rows) => events.push(`stored ${rows}`),
    onDropped: (rows, cause, { published }) =>
      events.push(`lost ${rows} ${cause}${published ? ' published' : ''}`),
    ...options,
  });
  publishers.push(made);
  return { publisher: made, events };
}

const nothing: StoredMessage = { stored: [], rejected: [], again: [] };

async function tell(message: Partial<StoredMessage>): Promise<void> {
  bus.connection.publish(subjects.stored('web1'), encodeStored({ ...nothing, ...message }));
  await bus.connection.flush();
}

/** Answers as the hub; @returns what was asked */
function hub(answer: (batches: readonly AskedBatch[]) => Partial<StoredMessage>): AskedBatch[][] {
  const asked: AskedBatch[][] = [];
  bus.connection.subscribe(subjects.ask('web1'), {
    callback: (_, message) => {
      const batches = decodeAsk(message.data) as AskedBatch[];
      asked.push(batches);
      message.respond(encodeStored({ ...nothing, ...answer(batches) }));
    },
  });
  return asked;
}

async function until(done: () => boolean): Promise<void> {
  while (!done()) await new Promise((resolve) => setTimeout(resolve, 5));
}

/** A store whose disk can fail. */
class TestStore implements BatchStore {
  readonly batches = new Map<bigint, StoredBatch>();
  full = false;
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
    return Promise.resolve(this.batches.get(batchId)?.bytes);
  }
  remove(ids: Iterable<bigint>): void {
    for (const id of ids) this.batches.delete(id);
  }
}

const messages = async () => (await bus.manager.streams.info(tracesStream)).state.messages;
const headersOf = async (seq: number) =>
  (await bus.manager.streams.getMessage(tracesStream, { seq }))?.header;

describe('the word of the hub', () => {
  it('is waited for: until then a batch is kept', async () => {
    const { publisher: p, events } = publisher();
    await p.publish(batch(1));
    await p.publish(batch(2));
    expect(p.stats()).toMatchObject({ batches: 2, unconfirmed: 2, waitingBatches: 0, waitingBytes: 200 });
    await tell({ stored: [1n, 77n] });
    await until(() => p.stats().batches === 1);
    await tell({ stored: [1n], rejected: [{ batchId: 2n, reason: 'rows' }] });
    await until(() => p.stats().batches === 0);
    expect(events).toEqual(['published 1', 'published 2', 'stored 1', 'lost 2 rejected published']);
  });

  it('is asked for when it does not come; what nobody has is published again, marked and under another id', async () => {
    const asked = hub((batches) => ({
      stored: batches.filter(({ batchId }) => batchId === 1n).map(({ batchId }) => batchId),
      again: batches.filter(({ batchId, sequence }) => batchId === 2n && sequence < 3).map((b) => b.batchId),
    }));
    const { publisher: p, events } = publisher({ confirmation: quick });
    await Promise.all([p.publish(batch(1)), p.publish(batch(2))]);
    await until(() => asked.length > 0 && p.stats().batches === 1 && p.stats().again === 1);
    await until(() => p.stats().unconfirmed === 1);
    expect(asked.flat()).toContainEqual({ batchId: 1n, rows: 1, sequence: 1, from_us: 1, until_us: 2 });
    expect(await messages()).toBe(3);
    const [first, second] = [await headersOf(2), await headersOf(3)];
    expect([second?.get('Visor-Batch'), second?.get('Visor-Attempt')]).toEqual(['2', '2']);
    expect(second?.get('Nats-Msg-Id')).not.toBe(first?.get('Nats-Msg-Id'));
    expect(events).toEqual(['published 1', 'published 2', 'stored 1']);
  });

  it('may be missing for ever: nothing is published twice, and it is told once', async () => {
    const { publisher: p, events } = publisher({ confirmation: quick, maxBytes: 350 });
    for (let n = 1; n <= 5; n++) await p.publish(batch(n));
    await log.next(/^no trace-hub says which batches are in ClickHouse/);
    expect(await messages()).toBe(5);
    // only the newest find room, and none of the others is a loss
    expect(p.stats()).toMatchObject({ batches: 3, unconfirmedDropped: 2, waitingBytes: 300 });
    expect(events.filter((event) => event.startsWith('lost'))).toEqual([]);
    const told = () => log.lines.filter((line) => line.startsWith('no trace-hub')).length;
    await new Promise((resolve) => setTimeout(resolve, 300));
    expect(told()).toBe(1);
  });

  it('is passed over where it is nonsense', async () => {
    const { publisher: p } = publisher();
    await p.publish(batch(1));
    bus.connection.publish(subjects.stored('web1'), new TextEncoder().encode('{"stored":[1]}'));
    await log.next(/^what trace-hub tells of stored batches is not taken: stored is not a list/);
    expect(p.stats().batches).toBe(1);
  });

  it('makes room in memory: what the stream has goes before what it has not', async () => {
    const { publisher: p, events } = publisher({ maxBytes: 350 });
    await p.publish(batch(1));
    await p.publish(batch(2));
    await nats.stop('SIGKILL');
    await log.next(/is gone/);
    for (let n = 3; n <= 6; n++) void p.publish(batch(n));
    expect(p.stats().unconfirmedDropped).toBe(2);
    expect(events.slice(2)).toEqual(['lost 3 queue_full']);
    await nats.start();
  });
});

describe('a spool', () => {
  const spooled = (store: TestStore, mode: 'always' | 'overflow' = 'always') => ({
    spool: { store, mode, retry_ms: 20 },
  });

  it('has a batch before the stream has it, and until the hub has it', async () => {
    const store = new TestStore();
    const { publisher: p } = publisher(spooled(store));
    const first = p.publish(batch(1));
    expect(p.stats().waitingBatches).toBe(1);
    expect([...store.batches.keys()]).toEqual([1n]);
    await first;
    // its bytes need no memory any more
    expect(p.stats()).toMatchObject({ batches: 1, unconfirmed: 1, waitingBytes: 0 });
    await tell({ stored: [1n] });
    await until(() => store.batches.size === 0);
  });

  it('takes what memory has no room for, and gives it back in order', async () => {
    const store = new TestStore();
    await nats.stop('SIGKILL');
    await log.next(/is gone/);
    const { publisher: p, events } = publisher({ ...spooled(store), maxBytes: 300, maxInFlight: 1 });
    const outcomes: Promise<PublishOutcome>[] = [];
    for (let n = 1; n <= 20; n++) {
      outcomes.push(p.publish(batch(n)));
      await until(() => p.stats().spooledRows === (n * (n + 1)) / 2);
    }
    expect(store.batches.size).toBe(20);
    expect(p.stats()).toMatchObject({ waitingBytes: 300, batches: 20, spooledRows: 210 });
    await nats.start();
    const sequences = (await Promise.all(outcomes)).map((o) => (o.kind === 'stored' ? o.sequence : 0));
    expect(sequences).toEqual(Array.from({ length: 20 }, (_, at) => at + 1));
    expect(events).toEqual(Array.from({ length: 20 }, (_, at) => `published ${at + 1}`));
    expect(p.stats().spooledRows).toBe(0);
  });

  it('in overflow is left alone while memory has room, and takes the oldest when it has none', async () => {
    const store = new TestStore();
    await nats.stop('SIGKILL');
    await log.next(/is gone/);
    const { publisher: p, events } = publisher({ ...spooled(store, 'overflow'), maxBytes: 1000 });
    for (let n = 1; n <= 7; n++) void p.publish(batch(n));
    expect(store.batches.size).toBe(0);
    for (let n = 8; n <= 30; n++) {
      void p.publish(batch(n));
      await Promise.resolve();
    }
    await until(() => p.stats().waitingBytes <= 750);
    expect([...store.batches.keys()].slice(0, 3)).toEqual([1n, 2n, 3n]);
    await p.drain(5000);
    expect(store.batches.size).toBe(30);
    expect(events).toEqual([]);
  });

  it('that does not take a batch loses none: it goes on in memory, and to disk when that is possible', async () => {
    const store = new TestStore();
    store.full = true;
    const { publisher: p, events } = publisher(spooled(store));
    await p.publish(batch(1));
    await log.next(/^the spool \/s takes no batches \(ENOSPC\); batches are kept in memory until it does$/);
    await p.publish(batch(2));
    expect(p.stats()).toMatchObject({ unconfirmed: 2, waitingBytes: 200, writeErrors: 1 });
    store.full = false;
    await log.next(/^the spool takes batches again$/);
    await until(() => store.batches.size === 2);
    expect(p.stats().waitingBytes).toBe(0);
    expect(events).toEqual(['published 1', 'published 2']);
  });

  it('says what it threw away: a loss only where the stream does not have it', async () => {
    const store = new TestStore();
    const { publisher: p, events } = publisher({ ...spooled(store), maxBytes: 100 });
    await p.publish(batch(1));
    await nats.stop('SIGKILL');
    await log.next(/is gone/);
    for (const n of [2, 3]) {
      void p.publish(batch(n));
      await until(() => p.stats().spooledRows === (n === 2 ? 2 : 5));
    }
    p.spoolDropped([1n, 2n, 3n]);
    // the third is in memory yet
    expect(events).toEqual(['published 1', 'lost 2 spool_full']);
    expect(p.stats()).toMatchObject({ batches: 1, unconfirmedDropped: 1, spooledRows: 0 });
    await nats.start();
  });

  it('is asked about before it is replayed; and replayed as a second attempt where nobody answers', async () => {
    const store = new TestStore();
    const left = [1, 2, 3].map((n) => {
      const { batchId, rows, schema, bytes, span } = batch(n);
      store.batches.set(batchId, {
        batchId,
        rows,
        schema,
        bytes,
        ...span,
        netns: '',
        from_us: n,
        until_us: n,
      });
      return { batchId, rows, schema, size: bytes.length, netns: '', from_us: n, until_us: n };
    });
    const asked = hub((batches) => ({
      stored: batches.filter(({ batchId }) => batchId === 1n).map(({ batchId }) => batchId),
      again: batches.filter((b) => b.batchId === 2n && b.sequence === 0).map(({ batchId }) => batchId),
    }));
    const { publisher: p, events } = publisher({ ...spooled(store), confirmation: quick });
    p.restore(subjects.traces('web1'), left);
    await until(() => p.stats().unconfirmed === 1 && asked.length > 1);
    expect(asked[0]?.map(({ batchId, sequence }) => [batchId, sequence])).toEqual([
      [1n, 0],
      [2n, 0],
      [3n, 0],
    ]);
    expect(events).toEqual(['published 1', 'stored 1', 'published 2']);
    expect((await headersOf(1))?.get('Visor-Attempt')).toBe('2');
    const { publisher: alone } = publisher({
      ...spooled(store),
      agent: 'web2',
      confirmation: { ...quick, answer_ms: 10 },
    });
    alone.restore(subjects.traces('web2'), left.slice(2));
    await until(() => alone.stats().unconfirmed === 1);
    expect((await headersOf(2))?.get('Visor-Attempt')).toBe('2');
  });

  it('keeps at the stop what the stream did not take', async () => {
    const store = new TestStore();
    await nats.stop('SIGKILL');
    await log.next(/is gone/);
    const { publisher: p, events } = publisher({ ...spooled(store) });
    const outcome = p.publish(batch(5));
    await p.drain(60_000);
    expect(await outcome).toEqual({ kind: 'spooled' });
    expect(events).toEqual([]);
    expect(p.stats().spooledRows).toBe(5);
    expect([...store.batches.keys()]).toEqual([5n]);
  });
});

describe('a batch that is too large', () => {
  const halves = (whole: TraceBatch, limit: number) =>
    Promise.resolve({
      parts: [1, 2].map((n) => ({
        ...whole,
        bytes: whole.bytes.subarray(0, Math.min(limit, whole.bytes.length / 2)),
        rows: 3,
        batchId: whole.batchId + BigInt(100 * n),
      })),
      tooLarge: 1,
    });

  it('is split, and its parts stand for it in the spool', async () => {
    const store = new TestStore();
    const { publisher: p, events } = publisher({ spool: { store, mode: 'always' }, split: halves });
    expect(await p.publish(batch(7, 2 ** 20))).toEqual({ kind: 'split' });
    await until(() => p.stats().unconfirmed === 2);
    expect([...store.batches.keys()]).toEqual([107n, 207n]);
    expect(events).toEqual(['lost 1 too_large', 'published 3', 'published 3']);
    expect((await headersOf(1))?.has('Visor-Attempt')).toBe(false);
  });

  it('is split by the limit of the stream, too', async () => {
    const { config } = await bus.manager.streams.info(tracesStream);
    await bus.manager.streams.update(tracesStream, { ...config, max_msg_size: 2000 });
    const limits: number[] = [];
    const split = (whole: TraceBatch, limit: number) => {
      limits.push(limit);
      return halves(whole, limit);
    };
    const { publisher: p } = publisher({ split });
    await p.publish(batch(7, 1900));
    await until(() => p.stats().unconfirmed === 2);
    expect(limits).toEqual([976]);
  });

  it('may be in the stream, of an earlier run, as a whole: the hub is asked before it is split', async () => {
    const store = new TestStore();
    const { batchId, rows, schema, bytes, span } = batch(7, 2 ** 20);
    store.batches.set(batchId, {
      batchId,
      rows,
      schema,
      bytes,
      ...{ netns: '', from_us: 1, until_us: 2, ...span },
    });
    const asked = hub((batches) => (asked.length < 8 ? {} : { again: batches.map((b) => b.batchId) }));
    const { publisher: p } = publisher({
      spool: { store, mode: 'always' },
      split: halves,
      confirmation: quick,
    });
    const size = bytes.length;
    p.restore(subjects.traces('web1'), [{ batchId, rows, schema, size, netns: '', from_us: 1, until_us: 2 }]);
    await until(() => asked.length === 7);
    expect([...store.batches.keys()]).toEqual([7n]);
    await until(() => store.batches.has(107n));
    expect(store.batches.has(7n)).toBe(false);
  });
});
