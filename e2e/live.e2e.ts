import { gzipSync } from 'node:zlib';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, afterEach, beforeAll, expect, it } from 'vitest';
import { VisorClient, type StreamEvent } from '#api-client';
import { BatchPublisher, connectBus, ensureStreams, subjects, type Bus } from '#bus';
import { ColumnBatch } from '#columns';
import { putRow } from '#testing/wire';
import { encodeBatch, schemaVersion } from '#wire';
import { describeAsRoot, freePort, type Lab, Nats, openLab, startHub } from './support/index.js';

const quiet = (): void => undefined;
const log = { debug: quiet, log: quiet, warn: quiet, error: quiet };

/** A client that follows by itself, whatever happens to the hub. */
class Watcher {
  readonly packets: string[] = [];
  readonly others: string[] = [];
  readonly #stop = new AbortController();
  readonly #done: Promise<void>;

  constructor(url: string, query: Record<string, string>) {
    this.#done = this.#run(url, query);
  }

  async stop(): Promise<void> {
    this.#stop.abort();
    await this.#done;
  }

  until(packet: string): Promise<void> {
    return this.#wait(() => this.packets.includes(packet));
  }

  /** @param after packets that it has */
  untilMore(after = 0): Promise<void> {
    return this.#wait(() => this.packets.length > after);
  }

  told(what: string): Promise<void> {
    return this.#wait(() => this.others.includes(what));
  }

  cameBack(times: number): Promise<void> {
    return this.#wait(() => this.others.filter((type) => type === 'reconnected').length >= times);
  }

  async #wait(done: () => boolean): Promise<void> {
    const deadline = Date.now() + 60_000;
    while (!done() && Date.now() < deadline) await sleep(50);
  }

  async #run(url: string, query: Record<string, string>): Promise<void> {
    const options = { signal: this.#stop.signal, firstRetryMs: 100, maxRetryMs: 500 };
    for await (const events of new VisorClient({ host: url }).stream(query, options))
      for (const event of events) this.#take(event);
  }

  #take(event: StreamEvent): void {
    if (event.type === 'row') this.packets.push((JSON.parse(event.json) as { packet_id: string }).packet_id);
    else this.others.push(event.type === 'nats' ? `nats ${event.away ? 'away' : 'back'}` : event.type);
  }
}

describeAsRoot('the live stream', () => {
  let lab: Lab;
  let nats: Nats;
  let bus: Bus;
  let packet = 0;
  let batch = 0n;
  const watchers: Watcher[] = [];

  beforeAll(async () => {
    lab = await openLab();
    nats = await Nats.start(lab);
    bus = await connectBus({ url: nats.url, name: 'test', log, retryMs: 50 });
    await ensureStreams(bus, log);
  });
  afterEach(() => Promise.all(watchers.splice(0).map((watcher) => watcher.stop())));
  afterAll(async () => {
    await bus.close();
    await lab.close();
  });

  /** Publishes a batch of a few packets, half of them to port 80. @returns their ids */
  async function publish(publisher: BatchPublisher): Promise<string[]> {
    const ids = Array.from({ length: 6 }, () => ++packet);
    const columns = new ColumnBatch(ids.length);
    columns.rows = ids.length;
    const batchId = ++batch;
    for (const [row, id] of ids.entries()) {
      const ts = Date.now() * 1000 + row;
      const values = { ts, agent_id: 'web1', packet_id: BigInt(id), decisive: true, batch_id: batchId };
      putRow(columns, row, { ...values, dport: id % 2 ? 443 : 80 });
    }
    const bytes = gzipSync(encodeBatch(columns));
    const outcome = await publisher.publish({
      ...{ subject: subjects.traces('web1'), bytes, rows: ids.length, batchId, schema: schemaVersion },
    });
    expect(outcome.kind).toBe('stored');
    return ids.map(String);
  }

  /** Publishes while something is done. @returns the ids */
  async function publishDuring(work: () => Promise<void>): Promise<string[]> {
    const publisher = new BatchPublisher({ bus, log, onDropped: quiet });
    const ids: string[] = [];
    let working = true;
    const done = work().finally(() => (working = false));
    while (working) {
      ids.push(...(await publish(publisher)));
      await sleep(20);
    }
    await done;
    ids.push(...(await publish(publisher)));
    return ids;
  }

  it('has no gap and no row twice for who follows while the hub is killed, twice', async () => {
    const port = await freePort();
    const data = lab.directory('clickhouse');
    let hub = await startHub(lab, { natsUrl: nats.url, data, port });
    watchers.push(new Watcher(hub.url, {}), new Watcher(hub.url, { dport: '80' }));
    const early = await publishDuring(async () => {
      for (const watcher of watchers) await watcher.untilMore();
    });
    const since = new Watcher(hub.url, { since: '1h' });
    watchers.push(since);
    const later = await publishDuring(async () => {
      for (let kill = 1; kill <= 2; kill++) {
        for (const watcher of watchers) await watcher.untilMore(watcher.packets.length);
        await hub.program.kill('SIGKILL');
        await sleep(500);
        hub = await startHub(lab, { natsUrl: nats.url, data, port });
        // They wait as long as the hub asked them to.
        for (const watcher of watchers) await watcher.cameBack(kill);
      }
      for (const watcher of watchers) await watcher.untilMore(watcher.packets.length);
    });
    const all = [...early, ...later];
    const last = all.at(-1) ?? '';
    for (const watcher of watchers) await watcher.until(last);
    const [everything, some] = watchers;
    const first = everything?.packets[0] ?? '';
    // Until it was connected it is owed nothing.
    expect(Number(first)).toBeLessThan(Number(later[0]));
    expect(everything?.packets).toEqual(all.slice(all.indexOf(first)));
    const even = all.filter((id) => Number(id) % 2 === 0);
    expect(some?.packets).toEqual(even.slice(even.indexOf(some?.packets[0] ?? '')));
    expect(since.packets).toEqual(all);
    for (const { others } of watchers) {
      expect(others.filter((type) => type === 'reconnected').length).toBeGreaterThanOrEqual(2);
      expect(others.filter((type) => type === 'lost')).toEqual([]);
    }
    await hub.program.stop();
  });

  it('goes on without a gap when NATS was away, and says so', async () => {
    const hub = await startHub(lab, { natsUrl: nats.url, data: lab.directory('clickhouse') });
    const watcher = new Watcher(hub.url, { since: '0s' });
    watchers.push(watcher);
    const before = await publishDuring(() => watcher.untilMore());
    await watcher.until(before.at(-1) ?? '');
    await nats.kill('SIGKILL');
    await watcher.told('nats away');
    await nats.restart();
    await bus.whenConnected();
    const after = await publishDuring(() => sleep(500));
    await watcher.until(after.at(-1) ?? '');
    await watcher.told('nats back');
    const all = [...before, ...after];
    expect(watcher.packets).toEqual(all.slice(all.indexOf(watcher.packets[0] ?? '')));
    expect(watcher.others).toEqual(['nats away', 'nats back']);
    await hub.program.stop();
  });
});
