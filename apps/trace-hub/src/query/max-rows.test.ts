import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { counted, nowUs, publishRows, startTestHub, type TestHub } from '../testing/hub.js';

let hub: TestHub;
const most = 10_000;
const packets = most + 50;

beforeAll(async () => {
  hub = await startTestHub({ queryMaxRows: most });
  const at = nowUs() - 600e6;
  const rows = Array.from({ length: packets }, (_, i) => ({
    packet_id: BigInt(i + 1),
    ts: at + i,
    hop: 0,
    decisive: true,
    fate: 'accepted',
  }));
  await publishRows(hub, 'web1', 1n, rows);
  await counted(hub, 'ingest_batches', 1, 'inserted');
}, 60_000);

afterAll(() => hub.destroy());

describe('query.max-rows', { timeout: 60_000 }, () => {
  it.each(['packets?', 'aggregate?by=packet_id&', 'aggregate?by=packet_id&others=true&'])(
    'is what an answer of %s may have, with what tells that there is more',
    async (path) => {
      const url = `/api/v1/${path}limit=${most}`;
      const response = await hub.nest.inject({ method: 'GET', url });
      expect([response.statusCode, response.body.slice(0, 200)]).toEqual([200, expect.any(String)]);
      const { count, next, more, total } = response.json<{
        count: number;
        next?: string;
        more?: boolean;
        total?: { packets: number };
      }>();
      expect(count).toBe(most);
      expect(next !== undefined || more === true).toBe(true);
      if (total) expect(total.packets).toBe(packets);
    },
  );
});
