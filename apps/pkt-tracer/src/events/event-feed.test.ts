import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { Counters, countsOf } from '#app-kit';
import { type Bus, connectBus } from '#bus';
import { NatsServer, recordingLog } from '#testing/bus';
import { batchOf, type RowValues } from '#testing/wire';
import { decisiveRows, decodeBatch, encodeBatch } from '#wire';
import { EventFeed, type EventFeedOptions } from './event-feed.js';

type Row = Partial<RowValues>;
interface Heard {
  readonly subject: string;
  readonly data: Record<string, unknown>;
}

const log = recordingLog();
let nats: NatsServer;
let bus: Bus;
let heard: Heard[];
let counters: Counters;
const cleanups: (() => Promise<void> | void)[] = [];

beforeEach(async () => {
  counters = new Counters();
  nats = await NatsServer.start();
  cleanups.push(() => nats.destroy());
  bus = await connected(nats.url);
  heard = await hearing(await connected(nats.url));
});
afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup();
});

async function connected(url: string): Promise<Bus> {
  const made = await connectBus({ url, name: 'test', log, retryMs: 50 });
  cleanups.push(() => made.close());
  return made;
}

async function hearing(by: Bus): Promise<Heard[]> {
  const messages: Heard[] = [];
  by.connection.subscribe('visor.v1.events.>', {
    callback: (_, message) => void messages.push({ subject: message.subject, data: message.json() }),
  });
  await by.connection.flush();
  return messages;
}

/** A feed that tells only at its stop what it held back, unless a time is given. */
function feeding(options: Partial<EventFeedOptions> = {}): EventFeed {
  const rest = { agent: 'web1', publish: 'drops', maxRate: 1000, log, counters, summary_ms: 1e9 } as const;
  return new EventFeed({ bus: Promise.resolve(bus), ...rest, ...options });
}

function take(feed: EventFeed, rows: readonly Row[]): void {
  const batch = decodeBatch(encodeBatch(batchOf(rows.map((row) => ({ decisive: true, ...row })))));
  feed.take(batch, decisiveRows(batch));
}

async function until(done: () => boolean): Promise<void> {
  for (const until_ms = performance.now() + 25_000; !done() && performance.now() < until_ms;) await sleep(10);
}

const published = (): number => counters.counter('events_published').value;
const held = (): Record<string, number> => countsOf(counters, 'events_held');
const at = (chain: string, fate = 'dropped'): Row => ({ fate, family: 'inet', table: 'filter', chain });
const some = (count: number, row: Row): Row[] =>
  Array.from({ length: count }, (_, sport) => ({ ...row, sport }));

describe('live events', () => {
  it('are the dropped and rejected packets, a message each, on a subject of their place', async () => {
    const feed = feeding();
    await Promise.resolve();
    take(feed, [
      { ...at('input'), packet_id: 2n ** 63n, dport: 23, sport: 7 },
      at('input', 'accepted'),
      { ...at('input'), decisive: false },
      at('a.b *>', 'rejected'),
      { ...at(''), table: 'café ☃' },
      at('input', 'unknown'),
    ]);
    await until(() => heard.length === 3);
    expect(heard.map(({ subject }) => subject).sort()).toEqual([
      'visor.v1.events.web1.dropped.inet.caf%C3%A9%20%E2%98%83.%',
      'visor.v1.events.web1.dropped.inet.filter.input',
      'visor.v1.events.web1.rejected.inet.filter.a%2Eb%20%2A%3E',
    ]);
    const first = heard.find(({ subject }) => subject.endsWith('.input'));
    expect(first?.data).toMatchObject({
      packet_id: '9223372036854775808',
      dport: 23,
      sport: 7,
      chain: 'input',
    });
    expect(first?.data).not.toHaveProperty('country_src');
    await until(() => published() === 3);
    expect([published(), held()]).toEqual([3, {}]);
  });

  it('are all packets where all are asked for', async () => {
    const feed = feeding({ publish: 'all' });
    await Promise.resolve();
    take(feed, [at('input'), at('input', 'accepted'), at('input', 'unknown')]);
    await until(() => heard.length === 3);
    expect(heard.map(({ data }) => data['fate']).sort()).toEqual(['accepted', 'dropped', 'unknown']);
  });

  it('are no more than the rate allows, of each place a share, and the rest is summed up', async () => {
    const feed = feeding({ maxRate: 100, summary_ms: 20 });
    await Promise.resolve();
    take(feed, [
      ...some(1000, at('flood')),
      ...some(3, at('seldom')),
      ...some(1000, at('flood', 'rejected')),
    ]);
    await until(() => heard.some(({ subject }) => subject.endsWith('.held')));
    const events = heard.filter(({ subject }) => !subject.endsWith('.held'));
    // a tenth is kept for places that have had none
    expect(events).toHaveLength(90);
    expect(events.filter(({ subject }) => subject.endsWith('.seldom'))).toHaveLength(3);
    expect(events.filter(({ subject }) => subject.includes('.rejected.'))).toHaveLength(43);
    const [summary] = heard.filter(({ subject }) => subject === 'visor.v1.events.web1.held');
    const flood = { family: 'inet', table: 'filter', chain: 'flood' };
    expect(summary?.data).toMatchObject({
      agent_id: 'web1',
      events: 1913,
      causes: { rate: 1913 },
      places: [
        { ...flood, fate: 'rejected', events: 957 },
        { ...flood, fate: 'dropped', events: 956 },
      ],
      elsewhere: 0,
    });
    await until(() => published() === 90);
    expect([published(), held()]).toEqual([90, { rate: 1913 }]);
    await sleep(100);
    expect(heard).toHaveLength(91);
    feed.stop();
  });

  it('are of a chain that seldom drops also where another batch has used up the rate', async () => {
    const feed = feeding({ maxRate: 100 });
    await Promise.resolve();
    for (let i = 0; i < 3; i++) take(feed, some(1000, at('flood')));
    take(feed, some(5, at('seldom')));
    take(feed, some(5, at('rare')));
    await until(() => heard.length >= 92);
    const of = (chain: string): number => heard.filter(({ subject }) => subject.endsWith(`.${chain}`)).length;
    expect(Math.min(of('seldom'), of('rare'))).toBeGreaterThan(0);
    expect(of('flood')).toBeGreaterThanOrEqual(90);
    feed.stop();
  });

  it('are without a limit where it is 0', async () => {
    const feed = feeding({ maxRate: 0 });
    await Promise.resolve();
    take(feed, some(3000, at('flood')));
    await until(() => heard.length === 3000);
    expect([heard.length, held()]).toEqual([3000, {}]);
    await until(() => published() === 3000);
    expect(published()).toBe(3000);
  });

  it('are not kept while NATS is away: how many there were is told when it is back', async () => {
    const feed = feeding();
    await Promise.resolve();
    await nats.stop('SIGKILL');
    await until(() => !bus.connected);
    take(feed, some(5, at('input')));
    take(feed, some(2, at('input')));
    expect([published(), held()]).toEqual([0, { away: 7 }]);
    await nats.start();
    await bus.whenConnected();
    heard = await hearing(await connected(nats.url));
    take(feed, [at('input')]);
    feed.stop();
    await until(() => heard.length === 2);
    expect(heard.map(({ subject }) => subject)).toEqual([
      'visor.v1.events.web1.dropped.inet.filter.input',
      'visor.v1.events.web1.held',
    ]);
    expect(heard[1]?.data).toMatchObject({ events: 7, causes: { away: 7 } });
    await until(() => published() === 1);
    expect([published(), held()]).toEqual([1, { away: 7 }]);
  });

  it('are held back where the connection was lost before NATS had them, and the summary is told again', async () => {
    const feed = feeding({ maxRate: 10 });
    await Promise.resolve();
    process.kill(nats.pid ?? 0, 'SIGSTOP');
    take(feed, some(30, at('input')));
    expect([published(), held()]).toEqual([0, { rate: 21 }]);
    feed.stop();
    await nats.stop('SIGKILL');
    await until(() => Object.keys(held()).length === 2);
    expect([published(), held()]).toEqual([0, { rate: 21, lost: 9 }]);
    await log.next(/^30 live events were not published, and nobody was told of them$/);
    await nats.start();
  });

  it('are held back before the first connection, and told by the log where it never comes', () => {
    const own = recordingLog();
    const feed = feeding({ bus: new Promise(() => undefined), log: own });
    take(feed, some(4, at('input')));
    expect([published(), held()]).toEqual([0, { away: 4 }]);
    feed.stop();
    expect(own.lines).toEqual(['4 live events were not published, and nobody was told of them']);
  });
});

it('a login that may not publish events costs nothing but these, and one line of the log', async () => {
  const permissions = 'publish: ["visor.v1.traces.web1", "_INBOX.>", "$JS.API.>"], subscribe: [">"]';
  const strict = await NatsServer.start({
    config: `accounts { A { jetstream: enabled, users: [ { user: u, password: p, permissions { ${permissions} } } ] } }`,
  });
  cleanups.push(() => strict.destroy());
  const own = recordingLog();
  bus = await connected(`nats://u:p@127.0.0.1:${strict.port}`);
  const feed = feeding({ log: own });
  await Promise.resolve();
  take(feed, [at('input')]);
  const line = await own.next(/live events are not published/);
  expect(line).toMatch(
    /does not let this login publish to visor\.v1\.events\.web1\.dropped\.inet\.filter\.input: .*; give it visor\.v1\.events\.web1\.> \(docs\/nats\.md\), or set events\.publish: off$/,
  );
  // the first one was sent, and refused
  await until(() => held()['refused'] === 1);
  take(feed, some(5, at('input')));
  expect([published(), held()]).toEqual([0, { refused: 6 }]);
  take(feed, [at('forward')]);
  await sleep(200);
  expect(own.lines.filter((one) => one.includes('visor.v1.events'))).toHaveLength(1);
  expect(bus.connected).toBe(true);
  feed.stop();
});
