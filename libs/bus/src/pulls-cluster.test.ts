import { NatsCluster, recordingLog } from '#testing/bus';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import {
  connectBus,
  ensureStreams,
  hubConsumer,
  StreamConsumer,
  subjects,
  traceSource,
  tracesStream,
  type Bus,
} from './index.js';
import { ensureHubConsumer } from './hub-consumer.js';
import { type PullMessage } from './pull-message.js';
import { Pulls } from './pulls.js';

const patience = { timeout: 100_000, interval: 50 };
const log = recordingLog();
let cluster: NatsCluster;
let bus: Bus;

beforeEach(async () => {
  cluster = await NatsCluster.start();
  bus = await connectBus({ url: cluster.url, name: 'test', log, retryMs: 50, replicas: 3 });
  // Servers are up before they know each other.
  await vi.waitFor(() => ensureStreams(bus, log), patience);
}, 100_000);

afterEach(async () => {
  await bus.close();
  await cluster.destroy();
});

const stepDown = async (): Promise<void> => {
  const subject = `$JS.API.CONSUMER.LEADER.STEPDOWN.${tracesStream}.${hubConsumer}`;
  const { success } = (await bus.connection.request(subject, undefined, { timeout: 20_000 })).json<{
    success?: boolean;
  }>();
  expect(success).toBe(true);
};

it(
  'says that the consumer moves to another server, and goes on with that',
  { timeout: 100_000 },
  async () => {
    const wanted = {
      stream: tracesStream,
      subject: subjects.allTraces,
      ackWaitMs: 30_000,
      maxAckPending: 16,
    };
    await ensureHubConsumer(bus, wanted, log);
    const taken: string[] = [];
    const take = (message: PullMessage): void => {
      taken.push(Buffer.from(message.data).toString());
      message.ack();
    };
    const pulls = new Pulls({ bus, stream: tracesStream, consumer: hubConsumer, take });
    const present = pulls.pull({ batch: 1, expires_ms: 20_000, linger_ms: 30_000 });
    const info = () => bus.manager.consumers.info(tracesStream, hubConsumer);
    await vi.waitFor(async () => expect((await info()).num_waiting).toBe(1), patience);
    await stepDown();
    expect(await present).toMatchObject({
      kind: 'failed',
      error: { code: 'unavailable', message: 'the consumer hub of VISOR_TRACES moves to another server of the cluster' }, // prettier-ignore
    });
    await bus.js.publish(subjects.traces('web1'), 'after', { timeout: 20_000 });
    await vi.waitFor(async () => {
      await pulls.pull({ batch: 1, expires_ms: 1000, linger_ms: 30_000 });
      expect(taken).toEqual(['after']);
    }, patience);
    await pulls.close();
    expect(pulls.inboxes).toBe(0);
  },
);

it('takes all of a stream whose consumer moves from server to server', { timeout: 100_000 }, async () => {
  const seen = new Set<string>();
  const consumer = new StreamConsumer({
    bus: Promise.resolve(bus),
    source: traceSource,
    log,
    ackWaitMs: 5000,
    concurrency: 8,
  });
  const take = (bytes: Uint8Array): Promise<void> => {
    seen.add(Buffer.from(bytes).toString());
    return Promise.resolve();
  };
  consumer.addHandler(subjects.allTraces, take, true);
  consumer.listen(() => undefined);
  const texts = Array.from({ length: 60 }, (_, n) => `batch ${n}`);
  for (const [n, text] of texts.entries()) {
    await bus.js.publish(subjects.traces('web1'), text, { timeout: 20_000 });
    if (n % 20 === 10) await vi.waitFor(stepDown, patience);
  }
  await vi.waitFor(() => expect(seen.size).toBe(texts.length), patience);
  await consumer.close();
});
