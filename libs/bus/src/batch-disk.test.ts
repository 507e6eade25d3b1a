import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type PublishOutcome, subjects } from './index.js';
import { batch, PublishingLab, quick, TestStore, until } from './testing/publishing.js';

let lab: PublishingLab;

beforeEach(async () => {
  lab = await PublishingLab.open();
});
afterEach(() => lab.close());

describe('a spool', () => {
  const spooled = (store: TestStore, mode: 'always' | 'overflow' = 'always') => ({
    spool: { store, mode, retry_ms: 20 },
  });

  it('has a batch before the stream has it, and until the hub has it', async () => {
    const store = new TestStore();
    const { publisher: p } = lab.publisher(spooled(store));
    const first = p.publish(batch(1));
    expect(p.stats().waitingBatches).toBe(1);
    expect([...store.batches.keys()]).toEqual([1n]);
    await first;
    // its bytes need no memory any more
    expect(p.stats()).toMatchObject({ batches: 1, unconfirmed: 1, waitingBytes: 0 });
    await lab.tell({ stored: [1n] });
    await until(() => store.batches.size === 0);
  });

  it('takes the others where one batch is larger than it may be', async () => {
    const store = new TestStore();
    const append = store.append.bind(store);
    store.append = (stored) =>
      stored.bytes.length < 500
        ? append(stored)
        : Promise.reject(Object.assign(new Error('larger than the spool'), { code: 'too_large' }));
    await lab.loseNats();
    const { publisher: p, events } = lab.publisher(spooled(store));
    const outcomes = [p.publish(batch(1, 600)), p.publish(batch(2))];
    await lab.log.next(/larger than the spool/);
    outcomes.push(p.publish(batch(3)));
    await until(() => store.batches.size === 2);
    await lab.nats.start();
    expect((await Promise.all(outcomes)).map(({ kind }) => kind)).toEqual(['stored', 'stored', 'stored']);
    expect(events.filter((event) => event.startsWith('lost'))).toEqual([]);
  });

  it('takes what memory has no room for, and gives it back in order', async () => {
    const store = new TestStore();
    await lab.loseNats();
    const { publisher: p, events } = lab.publisher({ ...spooled(store), maxBytes: 300, maxInFlight: 1 });
    const outcomes: Promise<PublishOutcome>[] = [];
    for (let n = 1; n <= 20; n++) {
      outcomes.push(p.publish(batch(n)));
      await until(() => p.stats().spooledRows === (n * (n + 1)) / 2);
    }
    expect(store.batches.size).toBe(20);
    expect(p.stats()).toMatchObject({ waitingBytes: 300, batches: 20, spooledRows: 210 });
    await lab.nats.start();
    const sequences = (await Promise.all(outcomes)).map((o) => (o.kind === 'stored' ? o.sequence : 0));
    expect(sequences).toEqual(Array.from({ length: 20 }, (_, at) => at + 1));
    expect(events).toEqual(Array.from({ length: 20 }, (_, at) => `published ${at + 1}`));
    expect(p.stats().spooledRows).toBe(0);
  });

  it('in overflow is left alone while memory has room, and takes the oldest when it has none', async () => {
    const store = new TestStore();
    await lab.loseNats();
    const { publisher: p, events } = lab.publisher({ ...spooled(store, 'overflow'), maxBytes: 1000 });
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
    const { publisher: p, events } = lab.publisher(spooled(store));
    await p.publish(batch(1));
    await lab.log.next(
      /^the spool \/s takes no batches \(ENOSPC\); batches are kept in memory until it does$/,
    );
    await p.publish(batch(2));
    expect(p.stats()).toMatchObject({ unconfirmed: 2, waitingBytes: 200 });
    // It tries again and again.
    expect(p.stats().writeErrors).toBeGreaterThan(0);
    store.full = false;
    await lab.log.next(/^the spool takes batches again$/);
    await until(() => store.batches.size === 2);
    expect(p.stats().waitingBytes).toBe(0);
    expect(events).toEqual(['published 1', 'published 2']);
  });

  it('says what it threw away: a loss only where the stream does not have it', async () => {
    const store = new TestStore();
    const { publisher: p, events } = lab.publisher({ ...spooled(store), maxBytes: 100 });
    await p.publish(batch(1));
    await lab.loseNats();
    for (const n of [2, 3]) {
      void p.publish(batch(n));
      await until(() => p.stats().spooledRows === (n === 2 ? 2 : 5));
    }
    p.spoolDropped([1n, 2n, 3n]);
    // the third is in memory yet
    expect(events).toEqual(['published 1', 'lost 2 spool_full']);
    expect(p.stats()).toMatchObject({ batches: 1, unconfirmedDropped: 1, spooledRows: 0 });
    await lab.nats.start();
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
    const asked = lab.hub((batches) => ({
      stored: batches.filter(({ batchId }) => batchId === 1n).map(({ batchId }) => batchId),
      again: batches.filter((b) => b.batchId === 2n && b.sequence === 0).map(({ batchId }) => batchId),
    }));
    const { publisher: p, events } = lab.publisher({ ...spooled(store), confirmation: quick });
    p.restore(subjects.traces('web1'), left);
    await until(() => p.stats().unconfirmed === 1 && asked.length > 1);
    expect(asked[0]?.map(({ batchId, sequence }) => [batchId, sequence])).toEqual([
      [1n, 0],
      [2n, 0],
      [3n, 0],
    ]);
    expect(events).toEqual(['stored 1', 'published 2']);
    expect(await lab.header(1, 'Visor-Attempt')).toBe('2');
    const { publisher: alone } = lab.publisher({
      ...spooled(store),
      agent: 'web2',
      confirmation: { ...quick, answer_ms: 10 },
    });
    alone.restore(subjects.traces('web2'), left.slice(2));
    await until(() => alone.stats().unconfirmed === 1);
    expect(await lab.header(2, 'Visor-Attempt')).toBe('2');
  });

  it('is read again where that failed, and what it no longer has is a loss', async () => {
    const store = new TestStore();
    const facts = (n: number) => ({ netns: '', rows: n, schema: 1, size: 100, from_us: n, until_us: n });
    const { bytes } = batch(1);
    store.batches.set(1n, { batchId: 1n, ...facts(1), bytes });
    store.unreadable = 1;
    lab.hub((batches) => ({ again: batches.filter((b) => b.sequence === 0).map(({ batchId }) => batchId) }));
    const { publisher: p, events } = lab.publisher({ ...spooled(store), maxInFlight: 1 });
    p.restore(subjects.traces('web1'), [
      { batchId: 1n, ...facts(1) },
      { batchId: 2n, ...facts(2) },
    ]);
    await lab.log.next(/^a batch cannot be read from the spool \(EIO: i\/o error, read\); trying again$/);
    await until(() => p.stats().unconfirmed === 1);
    expect(events).toEqual(['lost 2 spool_damaged', 'published 1']);
  });

  it('keeps at the stop what the stream did not take', async () => {
    const store = new TestStore();
    await lab.loseNats();
    const { publisher: p, events } = lab.publisher({ ...spooled(store) });
    const outcome = p.publish(batch(5));
    await p.drain(60_000);
    expect(await outcome).toEqual({ kind: 'spooled' });
    expect(events).toEqual([]);
    expect(p.stats().spooledRows).toBe(5);
    expect([...store.batches.keys()]).toEqual([5n]);
  });
});
