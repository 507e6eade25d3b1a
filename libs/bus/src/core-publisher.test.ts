import { NatsServer, recordingLog } from '#testing/bus';
import { afterEach, expect, it } from 'vitest';
import { type Bus, connectBus, CorePublisher } from './index.js';
import { until } from './testing/publishing.js';

const cleanups: (() => Promise<void> | void)[] = [];
afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup();
});

const log = recordingLog();
const text = (bytes: string): Uint8Array => new TextEncoder().encode(bytes);

async function server(config = '', maxPayload = 2 ** 20): Promise<NatsServer> {
  const nats = await NatsServer.start({ config, maxPayload });
  cleanups.push(() => nats.destroy());
  return nats;
}

async function connected(url: string): Promise<Bus> {
  const bus = await connectBus({ url, name: 'test', log, retryMs: 50 });
  cleanups.push(() => bus.close());
  return bus;
}

/** What a subscriber hears. */
async function hearing(bus: Bus): Promise<string[]> {
  const heard: string[] = [];
  bus.connection.subscribe('t.>', {
    callback: (_, message) => void heard.push(`${message.subject} ${message.string()}`),
  });
  await bus.connection.flush();
  return heard;
}

it('publishes to who listens, and says why it does not', async () => {
  const nats = await server('', 1000);
  const heard = await hearing(await connected(nats.url));
  const bus = await connected(nats.url);
  const publisher = new CorePublisher(bus, 't.', () => undefined);
  expect(publisher.publish('t.a', text('1'))).toBe('sent');
  expect(publisher.publish('t.a', new Uint8Array(1001))).toBe('too_large');
  const ends: string[] = [];
  expect(publisher.publish('t.b', text('2'), (end) => ends.push(end))).toBe('sent');
  await publisher.settled();
  expect(ends).toEqual(['taken']);
  await until(() => heard.length === 2);
  expect(heard).toEqual(['t.a 1', 't.b 2']);
  await nats.stop('SIGKILL');
  await until(() => !bus.connected);
  expect(publisher.bar('t.a')).toBe('away');
  expect(publisher.publish('t.a', text('3'))).toBe('away');
  await nats.start();
  await bus.whenConnected();
  expect(publisher.publish('t.a', text('4'))).toBe('sent');
});

it('does not pile up what a server that hangs does not read', async () => {
  const nats = await server();
  const bus = await connected(nats.url);
  const publisher = new CorePublisher(bus, 't.', () => undefined);
  const half = new Uint8Array(2 ** 19);
  process.kill(nats.pid ?? 0, 'SIGSTOP');
  const outcomes = Array.from({ length: 20 }, () => publisher.publish('t.a', half));
  expect(outcomes).toEqual(outcomes.map((_, at) => (at < 8 ? 'sent' : 'slow')));
  const ends: string[] = [];
  publisher.publish('t.a', text('0'), (end) => ends.push(end));
  expect(ends).toEqual([]);
  process.kill(nats.pid ?? 0, 'SIGCONT');
  await until(() => publisher.publish('t.a', text('1')) === 'sent');
});

it('tries a refused subject no more before the next connection, and tells of its own refusals alone', async () => {
  const permissions = 'publish: ["t.allowed", "_INBOX.>", "$JS.API.>"], subscribe: [">"]';
  const nats = await server(
    `accounts { A { jetstream: enabled, users: [ { user: u, password: p, permissions { ${permissions} } } ] } }`,
  );
  const bus = await connected(`nats://u:p@127.0.0.1:${nats.port}`);
  const heard = await hearing(bus);
  const refused: string[] = [];
  const publisher = new CorePublisher(bus, 't.', (subject) => refused.push(subject));
  const ends: string[] = [];
  expect(publisher.publish('t.no', text('1'), (end) => ends.push(end))).toBe('sent');
  await until(() => ends.length > 0);
  expect(ends).toEqual(['refused']);
  expect(publisher.publish('t.no', text('2'))).toBe('refused');
  expect(publisher.publish('t.allowed', text('3'))).toBe('sent');
  bus.connection.publish('elsewhere', text('4'));
  await log.next(/does not let this login publish to elsewhere/);
  await until(() => heard.length > 0);
  expect(heard).toEqual(['t.allowed 3']);
  expect(refused).toEqual(['t.no']);
  expect(log.lines.filter((line) => line.includes('t.no'))).toEqual([]);
  await nats.stop('SIGKILL');
  await nats.start();
  await bus.whenConnected();
  expect(publisher.publish('t.no', text('5'))).toBe('sent');
  publisher.close();
});
