import { expect, it } from 'vitest';
import { Counters, type LogFields, Metrics, occurrenceMetrics } from '#app-kit';
import { connectBus } from '#bus';
import { NatsServer, recordingLog } from '#testing/bus';
import { AgentConfig } from '../agent.config.js';
import { agentOccurrences } from '../occurrences.js';
import { Delivery } from './delivery.js';

it('counts and names what keeps the stream from taking a batch', async () => {
  const nats = await NatsServer.start();
  // without its streams, which are made when the first batch is not taken
  const bus = await connectBus({ url: nats.url, name: 'test', log: recordingLog(), retryMs: 50 });
  const [counters, told] = [new Counters(), [] as LogFields[]];
  const log = {
    ...recordingLog(),
    tell: (_: string, __: string, fields: LogFields) => void told.push(fields),
  };
  const config = Object.assign(new AgentConfig(), { agentId: 'web1', spoolDir: '' });
  const delivery = await Delivery.open({
    config,
    connect: () => Promise.resolve(bus),
    log,
    counters,
    nextBatchId: () => 9n,
    lost: () => undefined,
  });
  const span = { netns: '', from_us: 1, until_us: 2 };
  await delivery.take({ bytes: new Uint8Array(10), rows: 3, batchId: 1n, ...span });
  await expect.poll(() => delivery.counts.published, { timeout: 30_000 }).toBe(1);
  expect(told).toContainEqual(expect.objectContaining({ event: 'batch_not_taken' }));
  const metrics = occurrenceMetrics('visor_agent', counters, agentOccurrences);
  const text = await new Metrics({ prefix: 'visor_agent', version: '1', metrics }).text();
  expect(text).toMatch(/^visor_agent_publish_retries_total [1-9]/m);
  await delivery.stop(0);
  await bus.close();
  await nats.destroy();
});
