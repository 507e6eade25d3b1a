import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { StoreError } from '#clickhouse';
import { counted, nowUs, publishRows, startTestHub, type TestHub } from '../testing/hub.js';
import { StreamClient } from '../testing/stream-client.js';

let hub: TestHub;
let batches = 0;

beforeAll(async () => {
  hub = await startTestHub();
}, 30_000);

afterAll(() => hub.destroy());

/** Publishes one batch of a packet each, with one hop before the decisive one. */
async function publishPackets(...ids: number[]): Promise<number> {
  batches++;
  const ts = nowUs();
  return publishRows(
    hub,
    'web1',
    BigInt(batches),
    ids.flatMap((id) => [
      { ts, packet_id: BigInt(id), hop: 0, dport: id },
      { ts, packet_id: BigInt(id), hop: 1, dport: id, decisive: true },
    ]),
  );
}

describe('GET /api/v1/stream', () => {
  it('sends matching rows as they come, with their place in the stream', async () => {
    const [all, some, hops] = await Promise.all([
      StreamClient.open(hub, ''),
      StreamClient.open(hub, 'dport=12'),
      StreamClient.open(hub, 'hops=true&dport=11'),
    ]);
    const sequence = await publishPackets(11, 12);
    await Promise.all([
      all.until(() => all.rows.length === 2),
      some.until(() => some.rows.length === 1),
      hops.until(() => hops.rows.length === 2),
    ]);
    expect(all.rows).toEqual(['11', '12']);
    expect(some.rows).toEqual(['12']);
    expect(hops.rows).toEqual(['11', '11']);
    // Who has the last row has all of the batch.
    const id = (row: string) => new RegExp(`^${sequence}-[0-9a-z]+-[0-9a-z]+${row}$`);
    expect(all.events.map((e) => e.id)).toEqual(
      ['-1', ''].map((row) => expect.stringMatching(id(row)) as string),
    );
    for (const client of [all, some, hops]) client.close();
    await counted(hub, 'ingest_batches', batches, 'inserted');
  });

  it('sends a batch in the order of time, whatever order its packets were closed in', async () => {
    const client = await StreamClient.open(hub, '');
    const now = nowUs();
    const at = (ms: number, id: number) => ({
      ts: now + ms * 1000,
      packet_id: BigInt(id),
      dport: id,
      decisive: true,
    });
    await publishRows(hub, 'web1', BigInt(++batches), [at(9, 31), at(3, 32), at(6, 33), at(3, 34)]);
    await client.until(() => client.rows.length === 4);
    expect(client.rows).toEqual(['32', '34', '33', '31']);
    client.close();
    await counted(hub, 'ingest_batches', batches, 'inserted');
  });

  it('replays the last rows and goes on, none missing and none twice, while rows keep coming', async () => {
    let id = 1000;
    let publishing = true;
    const publisher = (async () => {
      // A little faster than ClickHouse takes batches of one packet, so that some are always on their way.
      for (; publishing; await sleep(10)) await publishPackets(id++);
    })();
    const clients: StreamClient[] = [];
    for (let i = 0; i < 5; i++) {
      const client = await StreamClient.open(hub, 'last=5');
      clients.push(client);
      await client.until(() => client.rows.length >= 12);
    }
    publishing = false;
    await publisher;
    const last = String(id - 1);
    for (const client of clients) {
      await client.until(() => client.rows.at(-1) === last);
      const seen = client.rows.map(Number);
      const from = seen.findIndex((n) => n >= 1000);
      const expected = Array.from({ length: seen.length - from }, (_, i) => (seen[from] ?? 0) + i);
      expect(seen.slice(from)).toEqual(expected);
      client.close();
    }
    await counted(hub, 'ingest_batches', batches, 'inserted');
  });

  it('shows what is in the stream and not in the store yet', async () => {
    const away = new StoreError('insert', 'unreachable', 'ClickHouse does not answer.');
    const insert = vi.spyOn(hub.store, 'storeBatches').mockRejectedValue(away);
    await publishPackets(5001);
    await publishPackets(5002);
    const client = await StreamClient.open(hub, 'last=2');
    await client.until(() => client.rows.at(-1) === '5002');
    expect(client.rows.slice(-2)).toEqual(['5001', '5002']);
    client.close();
    insert.mockRestore();
    await counted(hub, 'ingest_batches', batches, 'inserted');
  });

  it('tells a slow reader what it lost, in bounded memory', async () => {
    const client = await StreamClient.open(hub, 'hops=true');
    client.response.pause();
    const rows = 4000;
    const ts = nowUs();
    for (let batch = 0; batch < 8; batch++) {
      batches++;
      const list = Array.from({ length: rows }, (_, i) => ({
        ts,
        packet_id: BigInt(1e6 + batch * rows + i),
        hop: 0,
      }));
      await publishRows(hub, 'web1', BigInt(batches), list);
    }
    await counted(hub, 'ingest_batches', batches, 'inserted');
    client.response.resume();
    const lost = (): number =>
      client.events.filter((e) => e.event === 'lost').reduce((sum, e) => sum + Number(e.data['rows']), 0);
    await client.until(() => client.rows.length + lost() === 8 * rows);
    expect(lost()).toBeGreaterThan(0);
    expect(client.rows.length).toBeGreaterThan(1000);
    client.close();
  }, 30_000);

  it('refuses bad parameters with a problem, and says so while NATS is away', async () => {
    const bad = await hub.nest.inject('/api/v1/stream?hops=maybe');
    expect([bad.statusCode, bad.json()]).toMatchObject([400, { field: 'hops', value: 'maybe' }]);
    expect((await hub.nest.inject('/api/v1/stream?first=3')).statusCode).toBe(400);
    await hub.nats.stop('SIGKILL');
    await hub.log.next(/is gone/);
    const away = await hub.nest.inject('/api/v1/stream');
    expect([away.statusCode, away.json()]).toMatchObject([503, { status: 503 }]);
    const ready = await hub.nest.inject('/readyz');
    expect([ready.statusCode, ready.json()]).toMatchObject([
      503,
      { status: 'unavailable', clickhouse: 'ok' },
    ]);
    await hub.nats.start();
    await hub.bus.whenConnected();
  });
});
