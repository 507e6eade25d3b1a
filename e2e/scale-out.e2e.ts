import { nanos } from '@nats-io/transport-node';
import { afterAll, beforeAll, expect, it, vi } from 'vitest';
import { connectBus, hubConsumer, tracesStream } from '#bus';
import { NatsCluster, recordingLog } from '#testing/bus';
import { EmbeddedEngine } from '../libs/clickhouse/src/embedded.js';
import { HttpFront } from '../libs/clickhouse/src/testing/http-front.js';
import {
  type Daemon,
  describeAsRoot,
  freePort,
  type Lab,
  link,
  type Namespace,
  openLab,
  programCommand,
  sendUdp,
  startAgent,
  startHub,
  untilRows,
} from './support/index.js';

/** What is waited for in one test may come late on a machine that has much to do. */
vi.setConfig({ testTimeout: 300_000 });

const AGENTS = 3;
/** Packets of each agent in each of the three parts of the test. */
const PACKETS = 200;

const ruleset = `
table inet t {
  chain in { type filter hook prerouting priority raw; policy accept; udp dport 53 meta nftrace set 1 drop; }
}`;

describeAsRoot('three NATS servers, two hubs, three agents', () => {
  let lab: Lab;
  let client: Namespace;
  let cluster: NatsCluster;
  const hosts: Namespace[] = [];

  beforeAll(async () => {
    lab = await openLab();
    client = await lab.namespace('client');
    for (let i = 0; i < AGENTS; i++) {
      const host = await lab.namespace(`host${i}`);
      await link(
        { namespace: client, name: `eth${i}`, addresses: [`10.9.${i}.1/24`] },
        { namespace: host, name: 'wan', addresses: [`10.9.${i}.2/24`] },
      );
      await host.nft(ruleset);
      hosts.push(host);
    }
    cluster = await NatsCluster.start(3);
    lab.defer(() => cluster.destroy());
  });
  afterAll(() => lab.close());

  const sendAll = (sport: number): Promise<number[]> =>
    Promise.all(
      hosts.map((_, i) =>
        sendUdp(client, {
          to: `10.9.${i}.2`,
          flows: [{ sport: sport + 10 * i, dport: 53, count: PACKETS }],
          gapMs: 5,
        }),
      ),
    );

  const startBothHubs = async (url: string): Promise<Daemon[]> => {
    const hub = (): Promise<Daemon> =>
      startHub(lab, {
        natsUrl: cluster.url,
        data: '',
        env: { TH_STORAGE_CLICKHOUSE_URL: url, TH_NATS_REPLICAS: '3' },
      });
    // One after the other: both make the tables where there are none.
    return [await hub(), await hub()];
  };

  it('keep every packet once, though the leader of the stream and a hub are killed on the way', async () => {
    const engine = await EmbeddedEngine.open(lab.directory('clickhouse'));
    lab.defer(() => engine.close());
    const gateway = await HttpFront.start(engine);
    lab.defer(() => gateway.stop());
    const [first, second] = (await startBothHubs(`http://visor:secret@${gateway.host}/default`)) as [
      Daemon,
      Daemon,
    ];
    const agents = await Promise.all(
      hosts.map((host, i) =>
        startAgent(lab, {
          natsUrl: cluster.url,
          agentId: `web${i}`,
          netns: host.name,
          env: { PT_NATS_REPLICAS: '3' },
        }),
      ),
    );
    const [leader] = await cluster.keepersOf(tracesStream);
    expect(await cluster.keepersOf(tracesStream)).toHaveLength(3);
    // What the killed hub took comes again after this, not after the half minute of a consumer that a hub makes.
    const bus = await connectBus({ url: cluster.url, name: 'test', log: recordingLog() });
    await bus.manager.consumers.update(tracesStream, hubConsumer, { ack_wait: nanos(10_000) });
    await bus.close();

    await sendAll(4000);
    const during = sendAll(4001);
    await leader?.stop('SIGKILL');
    await during;
    const after = sendAll(4002);
    await first.program.kill('SIGKILL');
    await after;

    const expected = AGENTS * PACKETS * 3;
    const rows = await untilRows(second.url, ['--last', '10000'], expected, {
      timeout_ms: 150_000,
      stable_ms: 5000,
    });
    const seen = new Map<string, number>();
    for (const { agent_id: agent } of rows) seen.set(String(agent), (seen.get(String(agent)) ?? 0) + 1);
    expect(Object.fromEntries(seen)).toEqual({ web0: 3 * PACKETS, web1: 3 * PACKETS, web2: 3 * PACKETS });
    expect(new Set(rows.map(({ packet_id }) => packet_id)).size).toBe(expected);
    for (const { program } of agents) expect(program.running).toBe(true);
    expect(second.program.running).toBe(true);
  });

  it('wait for a cluster that has no quorum yet, and say so', async () => {
    const alone = await NatsCluster.prepare(3);
    lab.defer(() => alone.destroy());
    await alone.servers[0]?.start();
    const hub = lab.start({
      name: 'trace-hub',
      command: programCommand('trace-hub'),
      env: {
        TH_NATS_URL: alone.url,
        TH_NATS_REPLICAS: '3',
        TH_SERVER_ENDPOINT: `http://127.0.0.1:${await freePort()}`,
        TH_STORAGE_CLICKHOUSE_URL: `embedded:${lab.directory('clickhouse')}`,
      },
    });
    await hub.untilOutput(/the stream VISOR_TRACES cannot be .*; waiting for it/, 60_000);
    await Promise.all(alone.servers.slice(1).map((server) => server.start()));
    await hub.untilOutput(/made the stream VISOR_TRACES/, 90_000);
    expect(hub.running).toBe(true);
    expect(await alone.keepersOf(tracesStream)).toHaveLength(3);
  });
});
