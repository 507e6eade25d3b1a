import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { StoreError } from '#clickhouse';
import { counted, publishRows, startTestHub, type TestHub } from '../testing/hub.js';
import { RollupService } from './rollup.service.js';

let hub: TestHub;
let service: RollupService;
const ts = Date.now() * 1000 - 3600e6;
const later = (): number => Date.now() * 1000 + 3600e6;

beforeAll(async () => {
  hub = await startTestHub();
  service = hub.nest.get(RollupService, { strict: false });
  // What it does by itself meanwhile would be counted too, and its result is what a call gets that comes while it works.
  await service.onModuleDestroy();
}, 30_000);

afterAll(() => hub.destroy());

const metrics = async (): Promise<string> => (await hub.nest.inject({ method: 'GET', url: '/metrics' })).body;

describe('the rollup', () => {
  it('counts what agents publish, and says how far it is', async () => {
    const rows = [1n, 2n, 3n].map((packet_id) => ({ ts, packet_id, decisive: true, len: 100 }));
    await publishRows(hub, 'web1', 1n, rows);
    await counted(hub, 'ingest_batches', 1, 'inserted');
    await service.rollUp(later());
    const sql = 'SELECT toUInt32(sum(packets)) AS packets, toUInt32(sum(bytes)) AS bytes FROM flows_1m FINAL';
    expect(JSON.parse(await hub.store.queryText({ sql }))).toEqual({ packets: 3, bytes: 300 });
    expect(await metrics()).toMatch(/visor_hub_rollup_computations_total 1\n/);
    expect(await metrics()).toMatch(/visor_hub_rollup_lag_seconds \d/);
  });

  it('tells and counts a failure, and goes on', async () => {
    const away = new StoreError('insert', 'unreachable', 'ClickHouse does not answer.');
    vi.spyOn(hub.store, 'rollUp').mockRejectedValueOnce(away);
    vi.spyOn(hub.store, 'verifyDoubtful').mockRejectedValueOnce(away);
    await service.rollUp(later());
    await service.verify(later());
    vi.restoreAllMocks();
    expect(await metrics()).toMatch(/rollup_failures_total\{work="rollup"\} 1\n/);
    expect(await metrics()).toMatch(/rollup_failures_total\{work="verify"\} 1\n/);
    expect(hub.log.lines.join('\n')).toContain('ClickHouse does not answer. Counts by minute');
    await service.rollUp(later());
  });
});
