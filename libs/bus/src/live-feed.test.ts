import { NatsServer, recordingLog, type RecordingLog } from '#testing/bus';
import { EventEmitter, once } from 'node:events';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { connectBus, LiveFeed, ensureStreams, type Bus } from './index.js';
import { publishBatches } from './testing/publishing.js';

let nats: NatsServer;
let bus: Bus;
const feeds: LiveFeed[] = [];
let log: RecordingLog;

beforeEach(async () => {
  nats = await NatsServer.start();
  log = recordingLog();
  bus = await connectBus({ url: nats.url, name: 'test', log, retryMs: 50 });
  await ensureStreams(bus, recordingLog());
});

afterEach(async () => {
  for (const feed of feeds.splice(0)) feed.close();
  await bus.close();
  await nats.destroy();
});

const publish = (...rows: number[]): Promise<unknown> => publishBatches(bus, log, ...rows);

/** Listens, and can wait for what it was told. */
class Listener {
  readonly seen: [number, number][] = [];
  readonly told: string[] = [];
  readonly feed: LiveFeed;
  /** What a message waits for. */
  hold: Promise<void> | undefined;
  readonly #events = new EventEmitter();

  constructor() {
    this.feed = new LiveFeed(Promise.resolve(bus), log, {
      message: async ({ sequence, bytes }) => {
        this.seen.push([sequence, bytes[0] ?? 0]);
        this.#events.emit('news');
        await this.hold;
      },
      gap: ({ batches }) => this.#tell(`gap of ${batches}`),
      restarted: ({ sequence }) => this.#tell(`restarted after ${sequence}`),
      connection: (up) => this.#tell(up ? 'back' : 'away'),
    });
    feeds.push(this.feed);
  }

  async until(done: () => boolean): Promise<void> {
    while (!done()) await once(this.#events, 'news');
  }

  count(wanted: number): Promise<void> {
    return this.until(() => this.seen.length >= wanted);
  }

  #tell(what: string): void {
    this.told.push(what);
    this.#events.emit('news');
  }
}

async function loseNats(): Promise<void> {
  await nats.stop('SIGKILL');
  await log.next(/is gone/);
}

describe('LiveFeed', () => {
  it('gives what comes after it was ready', async () => {
    await publish(1, 2);
    const a = new Listener();
    expect(await a.feed.ready).toMatchObject({ sequence: 2 });
    await publish(3, 4);
    await a.count(2);
    expect(a.seen).toEqual([
      [3, 3],
      [4, 4],
    ]);
  });

  it('waits for its listener: what is not taken stays in the stream', async () => {
    const a = new Listener();
    await a.feed.ready;
    let go: () => void = () => undefined;
    a.hold = new Promise((resolve) => (go = resolve));
    await publish(1);
    await publish(2);
    await a.count(1);
    await publish(3);
    expect(a.seen).toHaveLength(1);
    go();
    await a.count(3);
    expect(a.seen.map(([, value]) => value)).toEqual([1, 2, 3]);
  });

  it('misses nothing over a restart of NATS, and says that it was away', async () => {
    const a = new Listener();
    await a.feed.ready;
    await publish(1);
    await a.count(1);
    await loseNats();
    await nats.start();
    await bus.whenConnected();
    await publish(2, 3);
    await a.count(3);
    expect(a.seen.map(([, value]) => value)).toEqual([1, 2, 3]);
    expect(a.told).toEqual(['away', 'back']);
  });

  it('starts over with a stream that was lost, and says so', async () => {
    const a = new Listener();
    await a.feed.ready;
    await publish(1, 2, 3);
    await a.count(3);
    await loseNats();
    nats.loseStore();
    await nats.start();
    await bus.whenConnected();
    await log.next(/made the stream VISOR_TRACES/);
    await publish(9);
    await a.count(4);
    expect(a.seen.at(-1)).toEqual([1, 9]);
    expect(a.told).toEqual(['away', 'back', 'restarted after 0']);
  });
});
