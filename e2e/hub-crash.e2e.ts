import { nanos } from '@nats-io/transport-node';
import { afterAll, beforeAll, expect, it, vi } from 'vitest';
import { connectBus, hubConsumer, tracesStream } from '#bus';
import { recordingLog } from '#testing/bus';
import {
  clientAndWeb,
  describeAsRoot,
  type Lab,
  Nats,
  type Namespace,
  openLab,
  sendUdp,
  startAgent,
  startHub,
  untilRows,
} from './support/index.js';

/** What is waited for in one test may come late on a machine that has much to do. */
vi.setConfig({ testTimeout: 300_000 });

const ruleset = `
table inet t {
  chain in { type filter hook prerouting priority raw; policy accept; udp dport 53 meta nftrace set 1 drop; }
}`;

/** What a hub took and did not settle comes again after so long, not after the half minute of a consumer that it makes. */
async function comesAgainAfter(nats: Nats, ackWaitMs: number): Promise<void> {
  const bus = await connectBus({ url: nats.url, name: 'test', log: recordingLog() });
  await bus.manager.consumers.update(tracesStream, hubConsumer, { ack_wait: nanos(ackWaitMs) });
  await bus.close();
}

describeAsRoot('the hub is killed between insert and ack', () => {
  let lab: Lab;
  let client: Namespace;
  let web: Namespace;

  beforeAll(async () => {
    lab = await openLab();
    ({ client, web } = await clientAndWeb(lab));
    await web.nft(ruleset);
  });

  afterAll(() => lab.close());

  it('after its restart no packet is missing and none is twice', async () => {
    const nats = await Nats.start(lab);
    const data = lab.directory('clickhouse');
    const paused = await startHub(lab, {
      natsUrl: nats.url,
      data,
      env: { VISOR_FAULT_PAUSE_BEFORE_ACK_MS: '60000' },
    });
    await startAgent(lab, { natsUrl: nats.url, agentId: 'web1', netns: web.name });
    await comesAgainAfter(nats, 5000);
    const send = (count: number) =>
      sendUdp(client, { to: '10.9.0.2', flows: [{ sport: 4000, dport: 53, count }], gapMs: 10 });
    await send(20);
    const inserted = await untilRows(paused.url, ['--last', '1000'], 1);
    // in ClickHouse, and not acknowledged: that is the moment
    expect(inserted.length).toBeGreaterThan(0);
    expect(inserted.length).toBeLessThanOrEqual(20);
    await send(80);
    await paused.program.kill('SIGKILL');

    const hub = await startHub(lab, { natsUrl: nats.url, data });
    const rows = await untilRows(hub.url, ['--last', '1000'], 100, { timeout_ms: 90_000, stable_ms: 3000 });
    expect(rows).toHaveLength(100);
    expect(new Set(rows.map((row) => row.packet_id)).size).toBe(100);
    expect(rows.filter((row) => row.packet_id === inserted[0]?.packet_id)).toHaveLength(1);
  });
});
