import { gzipSync } from 'node:zlib';
import { AckPolicy, DeliverPolicy, type ConsumerInfo } from '@nats-io/jetstream';
import { nanos } from '@nats-io/transport-node';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { hubConsumer, subjects, tracesStream } from '#bus';
import { TestAgent } from './support/batches.js';
import { SharedClickhouse, type Door } from './support/clickhouse.js';
import { ask, eventually, type Daemon, type Lab, Nats, openLab, startHub } from './support/index.js';

/** What is waited for in one test may come late on a machine that has much to do. */
vi.setConfig({ testTimeout: 300_000 });

let lab: Lab;
let nats: Nats;
let agent: TestAgent;
let clickhouse: SharedClickhouse;
let door: Door;

beforeEach(async () => {
  lab = await openLab();
  nats = await Nats.start(lab);
  agent = await TestAgent.connect(lab, nats.url, 'web1');
  clickhouse = await SharedClickhouse.start(lab);
  door = await clickhouse.door(lab);
});

afterEach(() => lab.close());

const hubAt = (through: Door, env: Record<string, string> = {}): Promise<Daemon> =>
  startHub(lab, {
    natsUrl: nats.url,
    data: 'unused',
    env: { TH_STORAGE_CLICKHOUSE_URL: through.url, ...env },
  });

const rows = (): Promise<number> => clickhouse.number('SELECT count() FROM traces');
const distinct = (): Promise<number> => clickhouse.number('SELECT uniqExact(packet_id) FROM traces');
const consumer = (): Promise<ConsumerInfo> => agent.bus.manager.consumers.info(tracesStream, hubConsumer);

async function metric(hub: Daemon, name: string): Promise<number> {
  const text = await ask(hub, '/metrics');
  return Number(new RegExp(`^visor_hub_${name} (\\S+)`, 'm').exec(text)?.[1] ?? 0);
}

/** Waits until the hubs have settled all that the stream has. */
async function settled(): Promise<void> {
  await eventually(consumer, (info) => info.num_pending === 0 && info.num_ack_pending === 0, {
    timeout_ms: 100_000,
  });
}

async function expectEachOnce(count = agent.rows): Promise<void> {
  expect([await rows(), await distinct()]).toEqual([count, count]);
}

/** Makes the consumer before a hub does, with another wait for acknowledgements. */
async function consumerWithWait(ackWaitMs: number): Promise<void> {
  await agent.bus.manager.consumers.add(tracesStream, {
    durable_name: hubConsumer,
    ack_policy: AckPolicy.Explicit,
    deliver_policy: DeliverPolicy.All,
    filter_subject: subjects.allTraces,
    ack_wait: nanos(ackWaitMs),
    max_ack_pending: 16,
    max_deliver: -1,
  });
}

describe('a backlog', () => {
  it('is stored in few inserts, and poison among it is put aside', async () => {
    const reasons: string[] = [];
    agent.bus.connection.subscribe(subjects.rejected, {
      callback: (_error, message) =>
        void reasons.push(message.headers?.get('Visor-Reason').split(':')[0] ?? ''),
    });
    const bomb = gzipSync(Buffer.alloc(40 * 2 ** 20));
    let poison = 0;
    for (let n = 0; n < 600; n++) {
      await agent.publish(200);
      if (n % 100 !== 50) continue;
      await agent.send(BigInt(10_000 + n), 200, bomb);
      await agent.send(BigInt(20_000 + n), 200, gzipSync('no arrow'));
      await agent.send(BigInt(30_000 + n), 200, gzipSync('x'), { 'Visor-Schema': '999' });
      poison += 3;
    }
    const hub = await hubAt(door);
    await settled();
    await expectEachOnce(600 * 200);
    expect(await metric(hub, 'ingest_inserts_total')).toBeLessThan(30);
    await eventually(
      () => Promise.resolve(reasons.length),
      (count) => count >= poison,
    );
    expect(new Set(reasons)).toEqual(new Set(['too_large', 'malformed', 'schema']));
    expect(reasons).toHaveLength(poison);
  });

  it('is stored once though the hub is killed in the middle of it, twice', async () => {
    // Not half a minute each time, as of a consumer that a hub makes.
    await consumerWithWait(5000);
    for (let n = 0; n < 150; n++) await agent.publish(4000);
    for (const part of [1, 100_000]) {
      const hub = await hubAt(door, { TH_INGEST_MAX_MEMORY: '64MiB' });
      await eventually(rows, (count) => count >= part, { timeout_ms: 60_000 });
      await hub.program.kill('SIGKILL');
    }
    await hubAt(door);
    await settled();
    await expectEachOnce();
  });

  it('goes to another hub at once when the one that has it stops', async () => {
    // What is not given back comes again only after this.
    await consumerWithWait(600_000);
    for (let n = 0; n < 100; n++) await agent.publish(4000);
    const first = await hubAt(door, { TH_INGEST_MAX_MEMORY: '64MiB' });
    await eventually(rows, (count) => count > 0, { timeout_ms: 60_000, stable_ms: 0 });
    expect(await first.program.kill('SIGTERM', 30_000)).toBe(0);
    await hubAt(door);
    await settled();
    await expectEachOnce();
  });
});

describe('ClickHouse is away', () => {
  it('nothing is lost, nothing is taken from the stream meanwhile, and all is stored once when it is back', async () => {
    const hub = await hubAt(door);
    await agent.publish(100);
    await eventually(rows, (count) => count === 100, { timeout_ms: 60_000 });
    door.close();
    for (let n = 0; n < 300; n++) await agent.publish(100);
    await hub.program.untilOutput(/Batches wait in the stream until it is back/, 60_000);
    const tries = await metric(hub, 'ingest_retries_total');
    await new Promise((resolve) => setTimeout(resolve, 8000));
    // A pull that was under way brings some of them once more; no others are begun.
    expect((await metric(hub, 'ingest_retries_total')) - tries).toBeLessThan(600);
    expect((await consumer()).num_pending + (await consumer()).num_ack_pending).toBeGreaterThanOrEqual(300);
    door.reopen();
    await settled();
    await expectEachOnce();
  });
});

describe('two hubs', () => {
  it('store each row once though one of them stands still for longer than NATS waits', async () => {
    await consumerWithWait(3000);
    const sleeper = await hubAt(door);
    await agent.publish(10);
    await eventually(rows, (count) => count === 10, { timeout_ms: 60_000 });
    // Its insert is on the way when it stands still; the other one gets the batch, and does not find it. Only the insert is
    // held: before it the hub marks the minute of the rows, unless that is marked, and without an answer it inserts nothing.
    door.hold(/INSERT INTO traces /);
    await agent.publish(500, { ts: (Date.now() - 180_000) * 1000 });
    const whole = (): Promise<boolean> => Promise.resolve(door.holdsWhole);
    // A program that stands still sends no more of it.
    expect(await eventually(whole, Boolean, { timeout_ms: 60_000 })).toBe(true);
    process.kill(sleeper.program.pid, 'SIGSTOP');
    await hubAt(await clickhouse.door(lab));
    expect(await eventually(rows, (count) => count === 510, { timeout_ms: 60_000 })).toBe(510);
    // Now its insert arrives, too: the rows are there twice until it has looked again.
    door.letGo();
    expect(await eventually(rows, (count) => count === 1010, { timeout_ms: 60_000 })).toBe(1010);
    process.kill(sleeper.program.pid, 'SIGCONT');
    expect(await eventually(rows, (count) => count === 510, { timeout_ms: 60_000 })).toBe(510);
    await settled();
    await expectEachOnce();
    expect(await metric(sleeper, 'ingest_late_batches_total')).toBeGreaterThan(0);
  });
});
