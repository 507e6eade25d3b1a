import { nanos } from '@nats-io/transport-node';
import { NatsServer, recordingLog } from '#testing/bus';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { connectBus, ensureStreams, hubConsumer, tracesStream, type Bus } from './index.js';
import { ensureHubConsumer } from './hub-consumer.js';
import { type PullEnd } from './pull.js';
import { type PullMessage } from './pull-message.js';
import { Pulls } from './pulls.js';
import { subjects } from './subjects.js';

const patience = { timeout: 60_000, interval: 20 };
const log = recordingLog();
const wanted = { stream: tracesStream, subject: subjects.allTraces, ackWaitMs: 3_600_000, maxAckPending: 16 };
let nats: NatsServer;
let bus: Bus;
let taken: [string, number, PullMessage][];
let pulls: Pulls;

const publish = (text: string) => bus.js.publish(subjects.traces('web1'), text);
const texts = (): string[] => taken.map(([text]) => text);
const info = () => bus.manager.consumers.info(tracesStream, hubConsumer);
const pull = (batch: number, expires_ms = 20_000, linger_ms = 3_600_000): Promise<PullEnd> =>
  pulls.pull({ batch, expires_ms, linger_ms });
/** What a pull failed for. */
const why = async (ended: Promise<PullEnd>): Promise<string> => {
  const end = await ended;
  return 'error' in end ? end.error.message : end.kind;
};

/** Pulls over a connection, as a hub has them; the server has all the time to say that one is over. */
function pullsOver(connected: Bus, grace_ms = 20_000): Pulls {
  return new Pulls({
    bus: connected,
    stream: tracesStream,
    consumer: hubConsumer,
    grace_ms,
    take: (message, asked_ms) => taken.push([Buffer.from(message.data).toString(), asked_ms, message]),
  });
}

beforeEach(async () => {
  nats = await NatsServer.start();
  bus = await connectBus({ url: nats.url, name: 'test', log, retryMs: 50 });
  await ensureStreams(bus, log);
  await ensureHubConsumer(bus, wanted, log);
  taken = [];
  pulls = pullsOver(bus);
});

afterEach(async () => {
  await pulls.close();
  await bus.close();
  await nats.destroy();
});

it('brings what is there, with the place of each, and ends with the last that was asked for', async () => {
  for (const text of ['a', 'b', 'c']) await publish(text);
  const before_ms = performance.now();
  expect(await pull(2)).toEqual({ kind: 'over' });
  expect(await pull(1)).toEqual({ kind: 'over' });
  expect(texts()).toEqual(['a', 'b', 'c']);
  expect(taken.map(([, , message]) => message.info)).toMatchObject([
    { streamSequence: 1, deliverySequence: 1, deliveryCount: 1, pending: 2 },
    { streamSequence: 2, deliverySequence: 2, deliveryCount: 1, pending: 1 },
    { streamSequence: 3, deliverySequence: 3, deliveryCount: 1, pending: 0 },
  ]);
  expect(taken.every(([, asked_ms]) => asked_ms >= before_ms)).toBe(true);
  expect(pulls.inboxes).toBe(0);
});

it('ends when its time is over, and leaves no inbox: the server tells that all is here', async () => {
  await publish('a');
  expect(await pull(5, 200)).toEqual({ kind: 'over' });
  expect(texts()).toEqual(['a']);
  expect(pulls.inboxes).toBe(0);
});

it('takes at once what the server sends to a pull that was given up, and leaves its inbox then', async () => {
  const given_up = pull(1);
  pulls.interrupt();
  expect(await given_up).toEqual({ kind: 'interrupted' });
  expect([pulls.inboxes, pulls.owed]).toEqual([1, 0]);
  await publish('late');
  await vi.waitFor(() => expect(texts()).toEqual(['late']), patience);
  expect(pulls.inboxes).toBe(0);
  taken[0]?.[2].ack();
  await vi.waitFor(async () => expect((await info()).num_ack_pending).toBe(0), patience);
});

it('leaves the inbox of a pull that was given up when the server says that it is over', async () => {
  const given_up = pull(3, 500);
  pulls.interrupt();
  await given_up;
  expect(pulls.inboxes).toBe(1);
  await vi.waitFor(() => expect(pulls.inboxes).toBe(0), patience);
});

it('leaves the inbox of a pull that was given up after its time, whatever the server says', async () => {
  const given_up = pull(3, 3_600_000, 50);
  pulls.interrupt();
  await given_up;
  await vi.waitFor(() => expect(pulls.inboxes).toBe(0), patience);
});

it('loses no pull and keeps no inbox for good when the server starts anew while one is out', async () => {
  const before = pull(1, 3_600_000, 50);
  await bus.connection.flush();
  await nats.stop('SIGKILL');
  await log.next(/is gone/);
  await nats.start();
  await bus.whenConnected();
  // as StreamConsumer does then: the server does not know the pull
  pulls.interrupt();
  expect(await before).toEqual({ kind: 'interrupted' });
  await publish('a');
  expect(await pull(1)).toEqual({ kind: 'over' });
  expect(texts()).toEqual(['a']);
  await vi.waitFor(() => expect(pulls.inboxes).toBe(0), patience);
});

it('gives up where the server answers, but not the pull, and counts what may still come', async () => {
  // Somebody takes the request who does not answer it.
  const silent = bus.connection.subscribe('$JS.API.CONSUMER.MSG.NEXT.NONE.*', { callback: () => undefined });
  const other = new Pulls({ bus, stream: 'NONE', consumer: 'none', grace_ms: 0, take: () => undefined });
  const end = other.pull({ batch: 7, expires_ms: 50, linger_ms: 3_600_000 });
  expect(await why(end)).toBe('NATS does not answer a pull from the consumer none of NONE');
  expect([other.inboxes, other.owed]).toEqual([1, 7]);
  await other.close();
  expect([other.inboxes, other.owed]).toEqual([0, 0]);
  silent.unsubscribe();
});

it('does not give up while the server stands still', async () => {
  await pulls.close();
  pulls = pullsOver(bus, 500);
  const long = pull(1, 300);
  let ended = false;
  void long.then(() => (ended = true));
  await bus.connection.flush();
  process.kill(nats.pid as number, 'SIGSTOP');
  try {
    await new Promise((resolve) => setTimeout(resolve, 1500));
    expect(ended).toBe(false);
  } finally {
    process.kill(nats.pid as number, 'SIGCONT');
  }
  await long;
  await vi.waitFor(() => expect(pulls.inboxes).toBe(0), patience);
});

it('settles: again after a while, or never again', async () => {
  for (const text of ['a', 'b', 'c']) await publish(text);
  await pull(3);
  const [first, second, third] = taken.map(([, , message]) => message);
  first?.ack();
  second?.nak(1);
  third?.term();
  await pull(1);
  expect(taken[3]?.[2].info).toMatchObject({ deliveryCount: 2, streamSequence: second?.seq });
  taken[3]?.[2].ack();
  await vi.waitFor(async () => expect((await info()).num_ack_pending).toBe(0), patience);
});

it('says what the server says of a consumer that is gone', async () => {
  const present = pull(1);
  await vi.waitFor(async () => expect((await info()).num_waiting).toBe(1), patience);
  await bus.manager.consumers.delete(tracesStream, hubConsumer);
  expect(await why(present)).toBe('the consumer hub of VISOR_TRACES was deleted');
  // NATS says nothing of one that is not there.
  await pulls.close();
  pulls = pullsOver(bus, 500);
  expect(await why(pull(1, 100))).toBe('NATS does not answer a pull from the consumer hub of VISOR_TRACES');
});

it('says which limit of the consumer is in the way', async () => {
  await bus.manager.consumers.update(tracesStream, hubConsumer, { max_batch: 4 });
  expect(await why(pull(5))).toBe(
    'the consumer hub of VISOR_TRACES does not take our pulls (409 Exceeded MaxRequestBatch of 4); raise that limit with `nats consumer edit`, or remove the consumer: it is made anew',
  );
  await bus.manager.consumers.update(tracesStream, hubConsumer, { max_batch: 0, max_expires: nanos(1000) });
  expect(await why(pull(5))).toContain('(409 Exceeded MaxRequestExpires of 1s)');
});

it('listens below the prefix of its login, and says where it may not', async () => {
  const limited = await NatsServer.start({
    config: 'authorization { users: [{ user: a, password: b, permissions { subscribe: ["_MINE.>"] } }] }',
  });
  const connectAs = (login: string, inboxPrefix?: string) =>
    connectBus({ url: limited.url.replace('//', `//${login}@`), name: 'test', log, inboxPrefix });
  const pullBy = async (one: Bus): Promise<string> => {
    const said = await why(pullsOver(one).pull({ batch: 1, expires_ms: 100, linger_ms: 0 }));
    await one.close();
    return said;
  };
  try {
    const mine = await connectAs('a:b', '_MINE');
    await ensureHubConsumer(mine, wanted, log);
    expect(await pullBy(mine)).toBe('over');
    expect(await pullBy(await connectAs('a:b'))).toMatch(
      /^NATS at .* does not let this login subscribe to _INBOX\.>; give it that permission/,
    );
  } finally {
    await limited.destroy();
  }
});

it('brings no more bytes at once than NATS keeps on the way to a client', async () => {
  const large = new Uint8Array(900_000);
  await Promise.all(Array.from({ length: 40 }, () => bus.js.publish(subjects.traces('web1'), large)));
  await bus.manager.consumers.update(tracesStream, hubConsumer, { max_ack_pending: 100 });
  expect(await pull(40)).toEqual({ kind: 'over' });
  // of 32 MiB
  expect([taken.length, pulls.inboxes]).toEqual([37, 0]);
  expect(await pull(3)).toEqual({ kind: 'over' });
  expect(taken.map(([, , { info }]) => info.deliveryCount)).toEqual(Array(40).fill(1));
});

it('takes what is on its way when it closes', async () => {
  await publish('a');
  void pull(2);
  await pulls.close();
  expect(pulls.inboxes).toBe(0);
  const { delivered } = await info();
  expect(taken.map(([, , { seq }]) => seq)).toEqual(delivered.stream_seq === 1 ? [1] : []);
});
