import { NatsServer, recordingLog } from '#testing/bus';
import { StorageType } from '@nats-io/jetstream';
import { expect, it, onTestFinished } from 'vitest';
import {
  agentsStream,
  alertsStream,
  connectBus,
  ensureStreams,
  rulesetsStream,
  tracesStream,
} from './index.js';

async function connected(maxFileStore: number) {
  const nats = await NatsServer.start({ maxFileStore });
  const log = recordingLog();
  const bus = await connectBus({ url: nats.url, name: 'test', log, retryMs: 50 });
  onTestFinished(async () => {
    await bus.close();
    await nats.destroy();
  });
  return { bus, log };
}

it('stand where the traces take all of the store: heartbeats and rulesets are kept in memory', async () => {
  const { bus, log } = await connected(2 ** 30);
  const made = await ensureStreams(bus, log);
  expect(made.map(({ name, created }) => [name, created])).toEqual([
    [tracesStream, true],
    [agentsStream, true],
    [rulesetsStream, true],
    [alertsStream, true],
  ]);
  for (const stream of [agentsStream, rulesetsStream, alertsStream]) {
    expect((await bus.manager.streams.info(stream)).config.storage).toBe(StorageType.Memory);
  }
  expect((await ensureStreams(bus, log)).map(({ created }) => created)).toEqual([false, false, false, false]);
});

it('stand where little is left: rulesets get a small file', async () => {
  const { bus, log } = await connected(2 ** 30 + 2 ** 26);
  await ensureStreams(bus, log);
  const { config } = await bus.manager.streams.info(rulesetsStream);
  expect([config.storage, config.max_bytes]).toEqual([StorageType.File, 2 ** 25]);
});

it('cannot be made where the store is too small, and the error says which setting', async () => {
  const { bus, log } = await connected(2 ** 29);
  await expect(ensureStreams(bus, log)).rejects.toThrow(
    /^the stream VISOR_TRACES cannot be made: .*; raise max_file_store of NATS$/,
  );
});
