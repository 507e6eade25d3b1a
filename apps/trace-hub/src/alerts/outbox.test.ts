import { expect, it, onTestFinished, vi } from 'vitest';
import { Counters, Occurrences } from '#app-kit';
import { type AlertMessage, alertsStream, type Bus, connectBus, ensureStreams } from '#bus';
import { NatsServer, recordingLog } from '#testing/bus';
import { firingAlert, resolvedAlert } from '../testing/alerts.js';
import { Outbox } from './outbox.js';

vi.setConfig({ testTimeout: 60_000 });

async function start(held: () => boolean = () => true) {
  const [nats, log, counters, end] = [
    await NatsServer.start(),
    recordingLog(),
    new Counters(),
    new AbortController(),
  ];
  const bus = await connectBus({ url: nats.url, name: 'test', log, retryMs: 50 });
  onTestFinished(async () => {
    end.abort();
    await bus.close();
    await nats.destroy();
  });
  await ensureStreams(bus, log);
  const occurrences = new Occurrences(log, counters);
  const parts = { bus, log, counters, occurrences, held, isSilenced: () => false };
  return { bus, counters, outbox: new Outbox({ ...parts, stop: end.signal }) };
}
const inStream = async (bus: Bus): Promise<string[]> => {
  const { state } = await bus.manager.streams.info(alertsStream);
  const all = Array.from({ length: state.last_seq }, (_, at) =>
    bus.manager.streams.getMessage(alertsStream, { seq: at + 1 }),
  );
  return (await Promise.all(all)).map((message) => {
    const { id, state: what } = message?.json<AlertMessage>() ?? firingAlert({ id: 'none' });
    return `${id} ${what}`;
  });
};

it('tells nothing while another hub may be at it', async () => {
  let [held, asked] = [false, 0];
  const { bus, outbox } = await start(() => {
    asked++;
    return held;
  });
  outbox.add([firingAlert()]);
  // The second time it has had its turn.
  await vi.waitFor(() => expect(asked).toBeGreaterThan(1), { timeout: 30_000 });
  expect(await inStream(bus)).toEqual([]);
  held = true;
  expect(await outbox.flushed()).toBe(true);
  expect(await inStream(bus)).toEqual(['a1 firing']);
});

it('does not bring the end of an alert into the stream where its beginning was not taken', async () => {
  const { bus, counters, outbox } = await start();
  await bus.manager.streams.update(alertsStream, { max_msg_size: 2000 });
  const firing = firingAlert({ message: 'x'.repeat(3000) });
  outbox.add([firing, resolvedAlert(firing, { message: 'short' })]);
  await vi.waitFor(() => expect(counters.counter('alert_publish_failures').value).toBeGreaterThan(0), {
    timeout: 30_000,
  });
  await bus.manager.streams.update(alertsStream, { max_msg_size: -1 });
  expect(await outbox.flushed()).toBe(true);
  expect(await inStream(bus)).toEqual(['a1 firing', 'a1 resolved']);
});

it('counts anew with a stream that was made anew', async () => {
  const { bus, outbox } = await start();
  outbox.add([firingAlert({ id: 'a1' }), firingAlert({ id: 'a2' })]);
  expect([await outbox.flushed(), outbox.sequence]).toEqual([true, 2]);
  await bus.manager.streams.delete(alertsStream);
  outbox.add([firingAlert({ id: 'a3' })]);
  expect([await outbox.flushed(), outbox.sequence]).toEqual([true, 1]);
});
