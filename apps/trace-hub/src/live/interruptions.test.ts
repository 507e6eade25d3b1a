import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { nowUs, publishRows, startTestHub, type TestHub } from '../testing/hub.js';
import { StreamClient } from '../testing/stream-client.js';

let hub: TestHub;
let batches = 0n;

beforeEach(async () => {
  hub = await startTestHub();
}, 30_000);
afterEach(() => hub.destroy());

const publish = (id: number, { ts = nowUs(), batch = ++batches } = {}): Promise<number> =>
  publishRows(hub, 'web1', batch, [{ ts, packet_id: BigInt(id), decisive: true }]);

async function loseNats(): Promise<void> {
  await hub.nats.stop('SIGKILL');
  await hub.log.next(/is gone/);
}

async function regainNats(): Promise<void> {
  await hub.nats.start();
  await hub.bus.whenConnected();
}

describe('a live stream', () => {
  it('says that NATS is away and back, and goes on without a gap', async () => {
    const client = await StreamClient.open(hub, '');
    await publish(1);
    await client.until(() => client.rows.length === 1);
    await loseNats();
    await client.until(() => client.of('nats').length === 1);
    await regainNats();
    await publish(2);
    await client.until(() => client.rows.length === 2);
    expect(client.events.map(({ event, data }) => [event, data['state'] ?? data['packet_id']])).toEqual([
      ['row', '1'],
      ['nats', 'away'],
      ['nats', 'back'],
      ['row', '2'],
    ]);
    // The ids of before are as good as ever.
    const again = await StreamClient.open(hub, '', client.of('row')[0]?.id);
    expect(again.rows).toEqual(['2']);
    for (const one of [client, again]) one.close();
  });

  it('goes on with another stream where NATS lost its own, and says that something may be missing', async () => {
    const client = await StreamClient.open(hub, '');
    const batch = ++batches;
    await publish(1, { batch });
    await publish(2);
    await client.until(() => client.rows.length === 2);
    const left = await StreamClient.open(hub, '', client.of('row')[0]?.id);
    left.close();
    await loseNats();
    hub.nats.loseStore();
    await regainNats();
    await client.until(() => client.of('lost').length === 1);
    expect(client.of('lost')[0]?.data).toMatchObject({ rows: 0, batches: 0, reason: 'stream' });
    // As an agent does that does not know whether the hub has it.
    await publish(1, { batch });
    await publish(3);
    await client.until(() => client.rows.at(-1) === '3');
    expect(client.rows).toEqual(['1', '2', '3']);
    const again = await StreamClient.open(hub, '', left.lastId);
    expect(again.of('lost')[0]?.data).toMatchObject({ reason: 'stream' });
    await again.until(() => again.rows.at(-1) === '3');
    expect(again.rows).toEqual(['3']);
    for (const one of [client, again]) one.close();
  });

  it('ends some seconds after until, with what came late', async () => {
    // On a busy machine it takes a while to come as far as to follow.
    const untilUs = nowUs() + 3_000_000;
    const until = new Date(untilUs / 1000).toISOString();
    const client = await StreamClient.open(hub, `until=${until}`);
    await publish(1, { ts: untilUs - 2 });
    while (nowUs() < untilUs) await new Promise((resolve) => setTimeout(resolve, 50));
    await publish(2);
    await publish(3, { ts: untilUs - 1 });
    await client.untilEnded();
    expect(client.rows).toEqual(['1', '3']);
    expect(client.events.at(-1)).toMatchObject({ event: 'end' });
    expect(nowUs() - untilUs).toBeGreaterThan(4e6);
    // Of the past, too: what there is, and then the end.
    const past = await StreamClient.connect(hub.url, `since=1h&until=${until}`);
    await past.untilEnded();
    expect(past.rows).toEqual(['1', '3']);
  });
});
