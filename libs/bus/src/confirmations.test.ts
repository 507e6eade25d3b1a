import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { subjects } from './index.js';
import { batch, PublishingLab, quick, until } from './testing/publishing.js';

let lab: PublishingLab;

beforeEach(async () => {
  lab = await PublishingLab.open();
});
afterEach(() => lab.close());

describe('the word of the hub', () => {
  it('is waited for: until then a batch is kept', async () => {
    const { publisher: p, events } = lab.publisher();
    await p.publish(batch(1));
    await p.publish(batch(2));
    expect(p.stats()).toMatchObject({ batches: 2, unconfirmed: 2, waitingBatches: 0, waitingBytes: 200 });
    await lab.tell({ stored: [1n, 77n] });
    await until(() => p.stats().batches === 1);
    await lab.tell({ stored: [1n], rejected: [{ batchId: 2n, reason: 'rows' }] });
    await until(() => p.stats().batches === 0);
    expect(events).toEqual(['published 1', 'published 2', 'stored 1', 'lost 2 rejected published']);
  });

  it('is asked for when it does not come; what nobody has is published again, marked and under another id', async () => {
    const asked = lab.hub((batches) => ({
      stored: batches.filter(({ batchId }) => batchId === 1n).map(({ batchId }) => batchId),
      again: batches.filter(({ batchId, sequence }) => batchId === 2n && sequence < 3).map((b) => b.batchId),
    }));
    const { publisher: p, events } = lab.publisher({ confirmation: quick });
    await Promise.all([p.publish(batch(1)), p.publish(batch(2))]);
    await until(() => asked.length > 0 && p.stats().batches === 1 && p.stats().again === 1);
    await until(() => p.stats().unconfirmed === 1);
    expect(asked.flat()).toContainEqual({ batchId: 1n, rows: 1, sequence: 1, from_us: 1, until_us: 2 });
    expect(await lab.messages()).toBe(3);
    expect([await lab.header(3, 'Visor-Batch'), await lab.header(3, 'Visor-Attempt')]).toEqual(['2', '2']);
    expect(await lab.header(3, 'Nats-Msg-Id')).not.toBe(await lab.header(2, 'Nats-Msg-Id'));
    expect(events).toEqual(['published 1', 'published 2', 'stored 1']);
  });

  it('may be missing for ever: nothing is published twice, and it is told once', async () => {
    const { publisher: p, events } = lab.publisher({ confirmation: quick, maxBytes: 350 });
    for (let n = 1; n <= 5; n++) await p.publish(batch(n));
    await lab.log.next(/^no trace-hub says which batches are in ClickHouse/);
    expect(await lab.messages()).toBe(5);
    // only the newest find room, and none of the others is a loss
    expect(p.stats()).toMatchObject({ batches: 3, unconfirmedDropped: 2, waitingBytes: 300 });
    expect(events.filter((event) => event.startsWith('lost'))).toEqual([]);
    const told = () => lab.log.lines.filter((line) => line.startsWith('no trace-hub')).length;
    await new Promise((resolve) => setTimeout(resolve, 300));
    expect(told()).toBe(1);
  });

  it('is not asked for without end where the answer names others', async () => {
    const others = Array.from({ length: 1000 }, (_, at) => BigInt(5000 + at));
    const asked = lab.hub(() => ({ stored: others }));
    const { publisher: p } = lab.publisher({ confirmation: { ...quick, every_ms: 200 } });
    await Promise.all(Array.from({ length: 1000 }, (_, at) => p.publish(batch(at + 1, 10))));
    await until(() => asked.some((batches) => batches.length === 1000));
    const before = asked.length;
    await new Promise((resolve) => setTimeout(resolve, 1000));
    expect(asked.length - before).toBeLessThan(20);
  });

  it('is passed over where it is nonsense', async () => {
    const { publisher: p } = lab.publisher();
    await p.publish(batch(1));
    lab.bus.connection.publish(subjects.stored('web1'), new TextEncoder().encode('{"stored":[1]}'));
    await lab.log.next(/^what trace-hub tells of stored batches is not taken: stored is not a list/);
    expect(p.stats().batches).toBe(1);
  });

  it('makes room in memory: what the stream has goes before what it has not', async () => {
    const { publisher: p, events } = lab.publisher({ maxBytes: 350 });
    await p.publish(batch(1));
    await p.publish(batch(2));
    await lab.loseNats();
    for (let n = 3; n <= 6; n++) void p.publish(batch(n));
    expect(p.stats().unconfirmedDropped).toBe(2);
    expect(events.slice(2)).toEqual(['lost 3 queue_full']);
    await lab.nats.start();
  });
});
