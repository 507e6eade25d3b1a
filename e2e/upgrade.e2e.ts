import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { header, subjects } from '#bus';
import { EmbeddedEngine } from '#testing/clickhouse';
import { schemaVersion } from '#wire';
import { TestAgent } from './support/batches.js';
import {
  ask,
  type Daemon,
  describeAsRoot,
  eventually,
  type Lab,
  link,
  Nats,
  type Namespace,
  newerBuild,
  newerColumn,
  newerSchema,
  openLab,
  type Program,
  projectRoot,
  readDirectory,
  sendUdp,
  startAgent,
  startHub,
  stopAgent,
  unaccounted,
} from './support/index.js';

/** What is waited for in one test may come late on a machine that has much to do. */
vi.setConfig({ testTimeout: 300_000 });

let lab: Lab;
let nats: Nats;
let data: string;

beforeEach(async () => {
  lab = await openLab();
  nats = await Nats.start(lab);
  data = lab.directory('clickhouse');
});
afterEach(() => lab.close());

const hubOf = (build?: string): Promise<Daemon> =>
  startHub(lab, { natsUrl: nats.url, data, ...(build && { build }) });

/** Stops a hub as an upgrade does. */
async function stopHub({ program }: Daemon): Promise<void> {
  expect(await program.kill('SIGTERM', 30_000)).toBe(0);
}

async function metric(daemon: Daemon, name: string): Promise<number> {
  const text = await ask(daemon, '/metrics');
  const line = text.split('\n').find((each) => each.startsWith(`${name} `));
  return Number(line?.slice(name.length) ?? 0);
}

const stored = (hub: Daemon, rows: number): Promise<number> =>
  eventually(
    () => metric(hub, 'visor_hub_ingest_rows_total'),
    (count) => count >= rows,
    { timeout_ms: 60_000 },
  );

/** Why batches were refused, in order. */
async function reasons(agent: TestAgent): Promise<string[]> {
  const seen: string[] = [];
  agent.bus.connection.subscribe(subjects.rejected, {
    callback: (_, message) => void seen.push(message.headers?.get(header.reason) ?? ''),
  });
  await agent.bus.connection.flush();
  return seen;
}

/** @returns events lost by cause, as the hub tells them */
async function lossesOf(hub: Daemon, agent: string): Promise<Record<string, number>> {
  const read = async (): Promise<Record<string, number>> => {
    const sums: Record<string, number> = {};
    const text = await ask(hub, '/api/v1/losses?since=1h&format=jsonl');
    for (const line of text.split('\n').filter(Boolean)) {
      const { agent_id, cause, events } = JSON.parse(line) as Record<string, string | number>;
      if (agent_id === agent) sums[String(cause)] = (sums[String(cause)] ?? 0) + Number(events);
    }
    return sums;
  };
  return eventually(read, (sums) => Object.keys(sums).length > 0);
}

/** Makes the database that an earlier Visor left. */
async function restore(fixture: string): Promise<void> {
  const engine = await EmbeddedEngine.open(data);
  const text = readFileSync(join(projectRoot, 'libs/clickhouse/fixtures', fixture), 'utf8');
  for (const sql of text.replace(/^--.*\n/, '').split(/;\n/)) if (sql.trim()) await engine.run({ sql });
  await engine.close();
}

describe('batches of the version before', () => {
  const before = { schema: schemaVersion - 1, without: ['tcp_seq', 'ct_state', 'net_src', 'hook', 'hw_src'] };
  const oldest = readdirSync(join(projectRoot, 'libs/clickhouse/fixtures')).sort()[0] as string;

  it('go with new ones into the database of an earlier Visor, few inserts for many; what they lack is absent', async () => {
    await restore(oldest);
    const agent = await TestAgent.connect(lab, nats.url, 'web1');
    const refused = await reasons(agent);
    const values = { tcp_seq: 7, net_src: 'clients', hook: 'input', hw_src: 9n, iif: 'wan', dport: 443 };
    for (let n = 0; n < 100; n++) {
      await agent.publish(50, { ...values, sport: 1 }, before);
      await agent.publish(50, { ...values, sport: 2 });
      // No earlier version had such a column: it cannot be told what it means.
      if (n % 25 === 10) await agent.publish(50, { sport: 3 }, { ...before, more: { stranger: 1 } });
    }
    const hub = await hubOf();
    expect(await stored(hub, 10_000)).toBe(10_000);
    expect(await metric(hub, 'visor_hub_ingest_inserts_total')).toBeLessThan(20);
    await eventually(
      () => Promise.resolve(refused.length),
      (count) => count >= 4,
    );
    expect(refused).toHaveLength(4);
    expect(new Set(refused)).toEqual(
      new Set([
        'schema: The batch\'s schema has an unknown column "stranger"; upgrade the hub before its agents.',
      ]),
    );
    await stopHub(hub);
    const columns =
      'agent_id, sport, tcp_seq, ct_state, net_src, hook, hw_src, iif, dport, count(), uniqExact(packet_id)';
    const query = `SELECT ${columns} FROM traces GROUP BY ALL ORDER BY agent_id, sport`;
    expect(await readDirectory(data, query)).toEqual([
      ['old', '0', '0', '0', '', '', '0', '', '0', '1', '1'],
      ['web1', '1', '0', '0', '', '', '0', 'wan', '443', '5000', '5000'],
      ['web1', '2', '7', '0', 'clients', 'input', '9', 'wan', '443', '5000', '5000'],
    ]);
  });
});

const ruleset = `
table inet t {
  chain in { type filter hook prerouting priority raw; policy accept; udp dport 53 meta nftrace set 1 drop; }
}`;

describeAsRoot('a rolling upgrade', () => {
  let client: Namespace;
  let hosts: Namespace[];
  let newer: string;

  beforeEach(async () => {
    newer = newerBuild(lab);
    client = await lab.namespace('client');
    hosts = [await lab.namespace('web1'), await lab.namespace('web2')];
    for (const [i, namespace] of hosts.entries()) {
      await link(
        { namespace: client, name: `eth${i}`, addresses: [`10.9.${i}.1/24`] },
        { namespace, name: 'wan', addresses: [`10.9.${i}.2/24`] },
      );
      await namespace.nft(ruleset);
    }
  });

  const agentOf = (host: number, build?: string): Promise<Daemon> =>
    startAgent(lab, {
      natsUrl: nats.url,
      agentId: `web${host + 1}`,
      netns: (hosts[host] as Namespace).name,
      ...(build && { build }),
    });

  /** Datagrams of 20 bytes to one host; `sport` says at which time of the test. */
  const send = (host: number, sport: number, count = 100): Promise<number> =>
    sendUdp(client, {
      to: `10.9.${host}.2`,
      flows: [{ sport: sport + 100 * host, dport: 53, count }],
      gapMs: 2,
    });

  const published = (agent: Daemon, rows: number): Promise<number> =>
    eventually(
      () => metric(agent, 'visor_agent_rows_published_total'),
      (count) => count >= rows,
    );

  async function expectAllPublished(agent: Program, rows: number): Promise<void> {
    const account = await stopAgent(agent);
    expect(account).toMatchObject({ rows, published: rows, stored: rows, spooled: 0 });
    expect([unaccounted(account), account.lost['rejected'] ?? 0]).toEqual([0, 0]);
  }

  /** @returns agent, time, new column, rows, packets of all that is stored */
  const contents = (column: string): Promise<string[][]> =>
    readDirectory(
      data,
      `SELECT agent_id, sport, ${column}, count(), uniqExact(packet_id) FROM traces GROUP BY ALL ORDER BY agent_id, sport`,
    );

  it('of hubs first: agents of both versions publish all along, and every row is there once', async () => {
    const old = await hubOf();
    const web1 = await agentOf(0);
    await send(0, 1001);
    expect(await stored(old, 100)).toBe(100);
    await stopHub(old);
    await send(0, 1002);
    const web2 = await agentOf(1, newer);
    await send(1, 1002);
    await Promise.all([published(web1, 200), published(web2, 100)]);
    const hub = await hubOf(newer);
    await Promise.all([send(0, 1003), send(1, 1003)]);
    expect(await stored(hub, 400)).toBe(400);
    await expectAllPublished(web1.program, 300);
    await expectAllPublished(web2.program, 200);
    await stopHub(hub);
    expect(await contents(newerColumn)).toEqual([
      ['web1', '1001', '0', '100', '100'],
      ['web1', '1002', '0', '100', '100'],
      ['web1', '1003', '0', '100', '100'],
      ['web2', '1102', '28', '100', '100'],
      ['web2', '1103', '28', '100', '100'],
    ]);
  });

  it('of agents first: what they send is refused and counted until the hubs follow; others are not held up', async () => {
    const watcher = await TestAgent.connect(lab, nats.url, 'watcher');
    const refused = await reasons(watcher);
    const old = await hubOf();
    const [web1, web2] = [await agentOf(0), await agentOf(1, newer)];
    await Promise.all([send(0, 1001), send(1, 1001)]);
    expect(await stored(old, 100)).toBe(100);
    const told = await eventually(
      () => metric(web2, 'visor_agent_lost_events_total{cause="rejected"}'),
      (count) => count >= 100,
    );
    expect(told).toBe(100);
    expect(new Set(refused)).toEqual(
      new Set([
        `schema: it has schema ${newerSchema}, this trace-hub takes up to ${schemaVersion}; upgrade trace-hub before its agents`,
      ]),
    );
    expect(web2.program.stderr).toContain('upgrade trace-hub before its agents');
    expect(await lossesOf(old, 'web2')).toEqual({ rejected: 100 });
    await send(0, 1002);
    expect(await stored(old, 200)).toBe(200);
    await stopHub(old);
    const hub = await hubOf(newer);
    await Promise.all([send(0, 1003), send(1, 1003)]);
    expect(await stored(hub, 200)).toBe(200);
    await expectAllPublished(web1.program, 300);
    const account = await stopAgent(web2.program);
    expect(account).toMatchObject({ rows: 200, published: 200, stored: 100, lost: { rejected: 100 } });
    expect(unaccounted(account)).toBe(0);
    await stopHub(hub);
    expect(await contents(newerColumn)).toEqual([
      ['web1', '1001', '0', '100', '100'],
      ['web1', '1002', '0', '100', '100'],
      ['web1', '1003', '0', '100', '100'],
      ['web2', '1103', '28', '100', '100'],
    ]);
  });
});
