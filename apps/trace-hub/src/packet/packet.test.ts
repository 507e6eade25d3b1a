import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { formatTimestamp } from '#columns';
import { counted, publishRows, startTestHub, type TestHub } from '../testing/hub.js';
import { trafficRows, trafficStart } from '../testing/traffic.js';
import { type PacketJson } from './packet.service.js';

let hub: TestHub;

beforeAll(async () => {
  hub = await startTestHub();
  const lost = { ts: trafficStart, packet_id: 99n, hop: 0, decisive: false };
  await publishRows(hub, 'web1', 1n, [...trafficRows(), lost]);
  await counted(hub, 'ingest_batches', 1, 'inserted');
}, 60_000);
afterAll(() => hub.destroy());

const get = (path: string) => hub.nest.inject({ method: 'GET', url: `/api/v1/packets/${path}` });

describe('a packet', () => {
  it('has the row that decided and its whole path', async () => {
    const response = await get('7000000000000000005');
    const { packet, path, searched } = response.json<PacketJson>();
    expect(packet).toMatchObject({ packet_id: '7000000000000000005', chain: 'input', decisive: true });
    expect(path.map(({ hop, chain }) => [hop, chain])).toEqual([
      [0, 'prerouting'],
      [1, 'input'],
    ]);
    expect(searched.rows_read).toBeGreaterThan(0);
  });

  it('is found by its first digits where no other begins so, and else those that do are told', async () => {
    expect((await get('700000000000000006')).json()).toMatchObject({ status: 409, field: 'id' });
    const response = await get('70000000000');
    expect(response.statusCode).toBe(409);
    const { detail, candidates } = response.json<{ detail: string; candidates: { packet_id: string }[] }>();
    expect(detail).toBe('id: more than 10 packets have an id that begins with 70000000000; give more digits');
    expect(candidates).toHaveLength(10);
    expect(candidates[0]).toMatchObject({
      agent_id: 'web1',
      ip_src: expect.stringContaining('10.0.0.') as string,
    });
    const narrow = `since=${formatTimestamp(trafficStart)}&until=${formatTimestamp(trafficStart + 10)}`;
    expect((await get(`70000000000?${narrow}`)).json()).toMatchObject({
      packet: { packet_id: '7000000000000000001' },
    });
  });

  it('may lack the row that decided', async () => {
    expect((await get('99')).json()).toMatchObject({ packet: null, path: [{ packet_id: '99' }] });
  });

  it('comes as lines', async () => {
    const { body, headers } = await get('99?format=jsonl');
    expect(headers['content-type']).toContain('ndjson');
    expect(body.split('\n')).toHaveLength(2);
  });

  it('is not there: the time that was looked at is told', async () => {
    const { statusCode, body } = await get('12345?since=2020-01-01&until=2020-01-02');
    expect(statusCode).toBe(404);
    expect(JSON.parse(body)).toMatchObject({
      detail: expect.stringMatching(
        /no packet has an id that is or begins with 12345 among the rows since 2020-01-01T00:00:00.000000Z until 2020-01-02/,
      ) as string,
    });
    expect((await get('123')).json()).toMatchObject({
      detail: expect.stringContaining('of the 7 days that rows are kept for') as string,
    });
  });

  it.each(['x', '01', '-1', '18446744073709551616', '1e5', '%27', '1%20OR%201', '123456789012345678901'])(
    'is no packet: %s',
    async (id) => {
      const response = await get(id);
      expect(response.statusCode).toBe(400);
      expect(response.json()).toMatchObject({
        field: 'id',
        detail: expect.stringContaining('is not the id of a packet') as string,
      });
    },
  );

  it('refuses an end before the beginning', async () => {
    expect((await get('99?since=1m&until=1h')).statusCode).toBe(400);
    expect((await get('99?dport=1')).statusCode).toBe(400);
  });
});
