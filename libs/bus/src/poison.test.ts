import { EventEmitter } from 'node:events';
import { connect } from 'node:net';
import { NatsServer, recordingLog } from '#testing/bus';
import { afterEach, describe, expect, it } from 'vitest';
import {
  type Bus,
  connectBus,
  ensureStreams,
  hubConsumer,
  RejectBatch,
  StreamConsumer,
  subjects,
  traceSource,
  tracesStream,
} from './index.js';
import { settlementsOf } from './testing/settlements.js';

const log = recordingLog();
let nats: NatsServer;
let bus: Bus;
let consumer: StreamConsumer;
let settled: EventEmitter;

async function start(maxPayload = 2 ** 20): Promise<void> {
  nats = await NatsServer.start({ maxPayload });
  bus = await connectBus({ url: nats.url, name: 'test', log, retryMs: 50 });
  await ensureStreams(bus, log);
  settled = new EventEmitter();
  consumer = new StreamConsumer({
    bus: Promise.resolve(bus),
    source: traceSource,
    log,
    onSettled: (settlement, reason) => settled.emit('settled', settlement, reason),
  });
  const refuse = (bytes: Uint8Array): Promise<void> =>
    bytes.length === 1 ? Promise.resolve() : Promise.reject(new RejectBatch('rows', 'no'));
  consumer.addHandler(subjects.allTraces, refuse, true);
  consumer.listen(() => undefined);
}

afterEach(async () => {
  await consumer.close();
  await bus.close();
  await nats.destroy();
});

const good = () => bus.js.publish(subjects.traces('web1'), 'g');
const unread = async () => (await bus.manager.consumers.info(tracesStream, hubConsumer)).num_pending;

describe('a poison message', () => {
  /** Publishes what no client library would let through. */
  async function hpub(head: string, data: string): Promise<void> {
    const socket = connect(nats.port, '127.0.0.1');
    const whole = `NATS/1.0\r\n${head}\r\n\r\n`;
    socket.write('CONNECT {"verbose":false,"headers":true}\r\n');
    socket.write(
      `HPUB ${subjects.traces('web1')} ${whole.length} ${whole.length + data.length}\r\n${whole}${data}\r\nPING\r\n`,
    );
    for await (const chunk of socket) if (String(chunk).includes('PONG')) break;
  }

  it('whose headers are none is rejected, too', async () => {
    await start();
    const done = settlementsOf(settled, 2);
    await hpub('Bad Key: x', 'abc');
    await good();
    expect(await done).toEqual([
      ['rejected', 'headers'],
      ['stored', ''],
    ]);
    expect(await unread()).toBe(0);
  });

  it('that NATS takes, but not with why it is refused, is shown in part', async () => {
    await start(16_384);
    const rejected = bus.connection.subscribe(subjects.rejected, { max: 1 });
    const done = settlementsOf(settled, 2);
    await hpub('a: b', 'x'.repeat(16_350));
    await good();
    expect(await done).toEqual([
      ['rejected', 'rows'],
      ['stored', ''],
    ]);
    for await (const message of rejected) {
      expect(message.data.length).toBeGreaterThan(10_000);
      expect(message.headers?.get('Visor-Reason')).toBe('rows: no');
    }
    expect(await unread()).toBe(0);
  });
});
