import { afterAll, beforeAll, expect, it } from 'vitest';
import { tracesStream } from '#bus';
import { counted, nowUs, publishRows, startTestHub, type TestHub } from '../testing/hub.js';
import { StreamClient } from '../testing/stream-client.js';

let hub: TestHub;

beforeAll(async () => {
  hub = await startTestHub({ ingestLingerMs: 4000 });
}, 30_000);
afterAll(() => hub.destroy());

it('a batch that is stored and comes again is shown once, out of the store', async () => {
  await publishRows(hub, 'web1', 1n, [{ ts: nowUs(), packet_id: 7n, decisive: true }]);
  await counted(hub, 'ingest_batches', 1, 'inserted');
  // What comes now waits to be stored: its place in the stream is after what is.
  await publishRows(hub, 'web1', 2n, [{ ts: nowUs(), packet_id: 8n, decisive: true }]);
  const first = await hub.bus.manager.streams.getMessage(tracesStream, { seq: 1 });
  if (!first) throw new Error('the stream is empty');
  // By this NATS would know it again, for a while.
  first.header.delete('Nats-Msg-Id');
  await hub.bus.js.publish(first.subject, first.data, { headers: first.header });
  const client = await StreamClient.open(hub, 'since=1h');
  expect(client.rows).toEqual(['7', '8']);
  client.close();
}, 60_000);
