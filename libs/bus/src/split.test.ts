import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type StoredBatch, subjects, type TraceBatch, tracesStream } from './index.js';
import { batch, PublishingLab, quick, TestStore, until } from './testing/publishing.js';

let lab: PublishingLab;

beforeEach(async () => {
  lab = await PublishingLab.open();
});
afterEach(() => lab.close());

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
    const { publisher: p, events } = lab.publisher({ spool: { store, mode: 'always' }, split: halves });
    expect(await p.publish(batch(7, 2 ** 20))).toEqual({ kind: 'split' });
    await until(() => p.stats().unconfirmed === 2);
    expect([...store.batches.keys()]).toEqual([107n, 207n]);
    expect(events).toEqual(['lost 1 too_large', 'published 3', 'published 3']);
    expect(await lab.header(1, 'Visor-Attempt')).toBe('');
  });

  it('is split by the limit of the stream, too', async () => {
    const { config } = await lab.bus.manager.streams.info(tracesStream);
    await lab.bus.manager.streams.update(tracesStream, { ...config, max_msg_size: 2000 });
    const limits: number[] = [];
    const split = (whole: TraceBatch, limit: number) => {
      limits.push(limit);
      return halves(whole, limit);
    };
    const { publisher: p } = lab.publisher({ split });
    await p.publish(batch(7, 1900));
    await until(() => p.stats().unconfirmed === 2);
    expect(limits).toEqual([976]);
  });

  /** A spool that lets the test in before it answers that the parts stand for the whole. */
  class SlowStore extends TestStore {
    meanwhile: () => Promise<void> | void = () => undefined;

    override async replace(batchId: bigint, parts: readonly StoredBatch[]): Promise<void> {
      await super.replace(batchId, parts);
      await this.meanwhile();
    }
  }

  it('leaves no parts in the spool where the hub tells meanwhile that it has the whole', async () => {
    const store = new SlowStore();
    const { publisher: p, events } = lab.publisher({ spool: { store, mode: 'always' }, split: halves });
    store.meanwhile = async () => {
      await lab.tell({ stored: [7n] });
      await until(() => events.includes('stored 7'));
    };
    await p.publish(batch(7, 2 ** 20));
    await until(() => store.batches.size === 0);
    expect(p.stats()).toMatchObject({ batches: 0 });
  });

  it('is in the spool in parts, also where the spool threw away the whole meanwhile', async () => {
    const store = new SlowStore();
    const { publisher: p } = lab.publisher({ spool: { store, mode: 'always' }, split: halves });
    store.meanwhile = () => p.spoolDropped([7n]);
    await p.publish(batch(7, 2 ** 20));
    await until(() => p.stats().unconfirmed === 2);
    await lab.tell({ stored: [107n, 207n] });
    await until(() => p.stats().batches === 0);
    expect([...store.batches.keys()]).toEqual([]);
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
    let isAbsent = false;
    const asked = lab.hub((batches) => (isAbsent ? { again: batches.map((b) => b.batchId) } : {}));
    const { publisher: p } = lab.publisher({
      spool: { store, mode: 'always' },
      split: halves,
      confirmation: quick,
    });
    const size = bytes.length;
    p.restore(subjects.traces('web1'), [{ batchId, rows, schema, size, netns: '', from_us: 1, until_us: 2 }]);
    await until(() => asked.length >= 7);
    expect([...store.batches.keys()]).toEqual([7n]);
    isAbsent = true;
    await until(() => store.batches.has(107n));
    expect(store.batches.has(7n)).toBe(false);
  });
});
