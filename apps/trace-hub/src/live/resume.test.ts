import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { type AgentHeartbeat, encodeHeartbeat, subjects, tracesStream } from '#bus';
import { counted, nowUs, publishRows, startReplica, startTestHub, type TestHub } from '../testing/hub.js';
import { StreamClient } from '../testing/stream-client.js';

let hub: TestHub;
let batches = 0n;
let stored = 0;
let packet = 0;

beforeAll(async () => {
  hub = await startTestHub({ liveHeartbeatMs: 200 });
}, 30_000);
afterAll(() => hub.destroy());
beforeEach(() => (packet = Math.ceil((packet + 1) / 1e5) * 1e5));

/** Publishes a batch of so many packets, each with two hops. @returns their ids */
async function publish(count: number, { dport = 80, batch = ++batches } = {}): Promise<string[]> {
  const ts = nowUs();
  const ids = Array.from({ length: count }, () => ++packet);
  const rows = ids.flatMap((id, n) => [
    { ts: ts + n, packet_id: BigInt(id), hop: 0, dport },
    { ts: ts + n, packet_id: BigInt(id), hop: 1, dport: dport + (n % 2), decisive: true },
  ]);
  await publishRows(hub, 'web1', batch, rows);
  stored++;
  return ids.map(String);
}

const allStored = (): Promise<void> => counted(hub, 'ingest_batches', stored, 'inserted');
/** @returns packets of this test, in the order they came */
const mine = (client: StreamClient): string[] =>
  client.rows.map(String).filter((id) => Number(id) > packet - (packet % 1e5));

describe('Last-Event-ID', () => {
  it('goes on in the middle of a batch, with another filter too, and at another hub', async () => {
    const client = await StreamClient.open(hub, '');
    const [first, second] = [await publish(10), await publish(10)];
    await client.until(() => client.rows.length === 20);
    client.close();
    const replica = await startReplica(hub);
    const fourth = client.of('row')[3]?.id;
    const rest = [...first.slice(4), ...second];
    for (const server of [hub, replica]) {
      const again = await StreamClient.open(server, '', fourth);
      expect(again.rows).toEqual(rest);
      again.close();
      const other = await StreamClient.open(server, 'dport=81', fourth);
      expect(other.rows).toEqual(rest.filter((_, n) => n % 2 === 1));
      other.close();
      // What a stream began with is not asked for again; what holds for rows is.
      const moved = await StreamClient.open(server, 'last=3&since=1s&hops=true', fourth);
      expect(moved.of('row').map(({ data }) => [data['packet_id'], data['hop']])).toEqual(
        [
          ...rest.flatMap((id) => [
            [id, 0],
            [id, 1],
          ]),
        ].slice(0),
      );
      moved.close();
    }
    await replica.destroy();
  });

  it('goes on after what an idle client has, by its heartbeats', async () => {
    const client = await StreamClient.open(hub, 'dport=9');
    const before = client.lastId;
    await publish(3);
    await client.until(() => client.lastId !== before);
    client.close();
    const missed = await publish(2, { dport: 9 });
    const again = await StreamClient.open(hub, '', client.lastId);
    await again.until(() => again.rows.length >= missed.length);
    expect(again.rows).toEqual(missed);
    again.close();
  });

  it('goes on within rows of the store, while more keep coming', async () => {
    const expected: string[] = [];
    for (let n = 0; n < 5; n++) expected.push(...(await publish(700)));
    await allStored();
    const since = new Date(Date.now() - 3_600_000).toISOString();
    let publishing = true;
    const publisher = (async () => {
      for (; publishing; await sleep(5)) expected.push(...(await publish(1)));
    })();
    const seen: string[] = [];
    let id: string | undefined;
    for (let cut = 0; cut < 6; cut++) {
      const client = await StreamClient.connect(hub.url, `since=${since}`, id);
      await client.until(() => mine(client).length > 400);
      client.close();
      seen.push(...mine(client));
      id = client.lastId;
    }
    publishing = false;
    await publisher;
    const last = await StreamClient.open(hub, `since=${since}`, id);
    await last.until(() => last.rows.at(-1) === expected.at(-1) || last.rows.length === 0);
    seen.push(...mine(last));
    last.close();
    expect(seen).toEqual([...new Set(seen)]);
    expect([...seen].sort()).toEqual([...expected].sort());
  });

  it('replays more rows than an answer may have', async () => {
    const since = new Date().toISOString();
    const expected: string[] = [];
    for (let n = 0; n < 4; n++) expected.push(...(await publish(6000)));
    await allStored();
    const client = await StreamClient.open(hub, `since=${since}`);
    expect(client.rows).toHaveLength(expected.length);
    expect(client.rows).toEqual(expected);
    const last = await StreamClient.open(hub, 'last=2500');
    expect(last.rows).toEqual(expected.slice(-2500));
    for (const one of [client, last]) one.close();
  });

  it('is refused where it is none of ours', async () => {
    for (const id of ['7-12', 'x', '7-zz-0-1-2']) {
      const answer = await hub.nest.inject({ url: '/api/v1/stream', headers: { 'last-event-id': id } });
      expect([answer.statusCode, answer.json()]).toMatchObject([400, { field: 'Last-Event-ID', value: id }]);
    }
  });

  it('shows a batch once that was published twice', async () => {
    const client = await StreamClient.open(hub, '');
    const batch = ++batches;
    const place = client.lastId;
    const ids = await publish(2, { batch });
    packet -= 2;
    await publish(2, { batch });
    stored--;
    const [end] = await publish(1);
    await client.until(() => client.rows.at(-1) === end);
    expect(client.rows).toEqual([...ids, end]);
    client.close();
    const again = await StreamClient.open(hub, '', place);
    expect(again.rows).toEqual([...ids, end]);
    again.close();
  });

  it('says how many batches the stream no longer has', async () => {
    const client = await StreamClient.open(hub, '');
    const [first] = await publish(1);
    await client.until(() => client.rows.length === 1);
    client.close();
    for (let n = 0; n < 3; n++) await publish(1);
    const [kept] = await publish(1);
    await allStored();
    const { state } = await hub.bus.manager.streams.info(tracesStream);
    await hub.bus.manager.streams.purge(tracesStream, { seq: state.last_seq });
    const again = await StreamClient.open(hub, '', client.lastId);
    await again.until(() => again.rows.length > 0);
    expect(again.events.map(({ event }) => event)).toEqual(['lost', 'row']);
    const lost = again.of('lost')[0]?.data ?? {};
    expect(lost).toMatchObject({ rows: 0, batches: 3, reason: 'gone' });
    // To the µs, of which Date.parse leaves out three digits.
    expect(String(lost['since']) < String(lost['until'])).toBe(true);
    expect(again.rows).toEqual([kept]);
    expect(first).not.toBe(kept);
    again.close();
  });
});

describe('losses of agents', () => {
  let seq = 0;
  const loss = (n: number, events: number) => {
    const from_us = nowUs();
    return { seq: n, netns: '', cause: 'overrun', events, from_us, until_us: from_us };
  };
  async function beat(losses: AgentHeartbeat['losses']): Promise<void> {
    const heartbeat: AgentHeartbeat = {
      ...{ agent: 'web1', run: 'aa', seq: ++seq, version: '1', kernel: '6', at_us: nowUs(), uptime_s: 1 },
      ...{ netns: [''], events: 0, packets: 0, merged: 0, rows: 0, rowsPublished: 0 },
      ...{ discards: {}, lost: {}, losses },
    };
    await hub.bus.js.publish(subjects.agents('web1'), encodeHeartbeat(heartbeat));
    await counted(hub, 'heartbeats', seq, 'taken');
  }
  const told = (client: StreamClient) => client.of('loss').map(({ data }) => [data['seq'], data['events']]);

  it('are told once to who comes back', async () => {
    await beat([]);
    const client = await StreamClient.open(hub, '');
    const one = loss(1, 5);
    await beat([one]);
    await client.until(() => client.of('loss').length === 1);
    client.close();
    const grown = { ...one, events: 8, until_us: nowUs() };
    await beat([grown, loss(2, 3)]);
    const [row] = await publish(1);
    const again = await StreamClient.open(hub, '', client.lastId);
    await again.until(() => again.rows.includes(row));
    expect(told(again)).toEqual([
      [1, 8],
      [2, 3],
    ]);
    again.close();
    const third = await StreamClient.open(hub, '', again.lastId);
    await beat([grown, loss(2, 3), loss(3, 1)]);
    await third.until(() => third.of('loss').length > 0);
    expect(told(third)).toEqual([[3, 1]]);
    third.close();
  });
});
