import { mkdtempSync, rmSync } from 'node:fs';
import { type AddressInfo, type Server } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { type NestFastifyApplication } from '@nestjs/platform-fastify';
import { NatsServer, recordingLog, type RecordingLog } from '#testing/bus';
import { Counters } from '#app-kit';
import { BatchPublisher, connectBus, subjects, type Bus } from '#bus';
import { openStore, type Store } from '#clickhouse';
import { ColumnBatch } from '#columns';
import { encodeBatch, joinStreams, schemaVersion } from '#wire';
import { putRow, type RowValues } from '#testing/wire';
import { createApplication } from '../application.js';
import { Access } from '../auth/access.js';
import { BusLink } from '../bus-link.js';
import { HubConfig } from '../config.js';
import { parseEndpoint } from '../endpoint.js';
import { HubParts } from '../parts.js';
import { openTracing } from '../tracing/open-tracing.js';

/** A hub over a real nats-server and a real embedded ClickHouse, both of its own. */
export interface TestHub {
  readonly nest: NestFastifyApplication;
  readonly nats: NatsServer;
  readonly bus: Bus;
  readonly store: Store;
  readonly counters: Counters;
  readonly log: RecordingLog;
  readonly access: Access;
  readonly openApi: object;
  /** Where it listens: `http://127.0.0.1:34567` */
  readonly url: string;
  destroy(): Promise<void>;
}

/** @param settings those that are not the defaults; without any there is no rate limit, and no alert rule */
export async function startTestHub(settings: Partial<HubConfig> = {}): Promise<TestHub> {
  const dir = mkdtempSync(join(tmpdir(), 'visor-hub-'));
  const log = recordingLog();
  const nats = await NatsServer.start();
  const bus = await connectBus({ url: nats.url, name: 'test', log, retryMs: 50 });
  const store = await openStore({ url: `embedded:${dir}`, fsync: false, join: joinStreams });
  const counters = new Counters();
  const link = new BusLink(() => Promise.resolve(bus));
  link.open();
  const config = Object.assign(new HubConfig(), { rateLimit: 0, alertsReady: [] }, settings);
  const access = Access.open(config, parseEndpoint(config.serverEndpoint), log);
  const tracing = await openTracing(config, { version: '0.0.0', log, counters });
  const parts = new HubParts({ config, store, bus: link, log, counters, access, tracing });
  const { nest, openApi } = await createApplication(parts, '0.0.0', false);
  await nest.startAllMicroservices();
  await nest.listen(0, '127.0.0.1');
  const { port } = (nest.getHttpServer() as Server).address() as AddressInfo;
  const url = `http${access.tls ? 's' : ''}://127.0.0.1:${port}`;
  const destroy = async (): Promise<void> => {
    await nest.close();
    await bus.close();
    await nats.destroy();
    await store.close();
    await tracing.close();
    access.close();
    rmSync(dir, { recursive: true, force: true });
  };
  return { nest, nats, bus, store, counters, log, access, openApi, url, destroy };
}

/** @returns another hub over the same NATS and the same ClickHouse; it takes none of the batches */
export async function startReplica(
  hub: TestHub,
  settings: Partial<HubConfig> = {},
): Promise<Pick<TestHub, 'url' | 'nest' | 'counters' | 'destroy'>> {
  const { store, log, nats, access } = hub;
  const bus = await connectBus({ url: nats.url, name: 'replica', log, retryMs: 50 });
  const link = new BusLink(() => Promise.resolve(bus));
  link.open();
  const counters = new Counters();
  const config = Object.assign(new HubConfig(), { rateLimit: 0, alertsReady: [] }, settings);
  const parts = new HubParts({ config, store, bus: link, log, counters, access });
  const { nest } = await createApplication(parts, '0.0.0', false);
  await nest.listen(0, '127.0.0.1');
  const destroy = async (): Promise<void> => {
    await nest.close();
    await bus.close();
  };
  return { nest, counters, url: await nest.getUrl(), destroy };
}

/** @returns an Arrow stream of the rows; what is not given has a value that is legal */
export function arrowOf(rows: readonly Partial<RowValues>[]): Uint8Array {
  const batch = new ColumnBatch(rows.length);
  batch.rows = rows.length;
  for (const [at, row] of rows.entries()) putRow(batch, at, row);
  return encodeBatch(batch);
}

/** Publishes rows as the agent would. @returns the batch's number in the stream */
export async function publishRows(
  hub: TestHub,
  agent: string,
  batchId: bigint,
  rows: readonly Partial<RowValues>[],
): Promise<number> {
  const publisher = new BatchPublisher({ bus: hub.bus, log: hub.log, onDropped: () => undefined });
  const outcome = await publisher.publish({
    subject: subjects.traces(agent),
    bytes: gzipSync(arrowOf(rows.map((row) => ({ agent_id: agent, batch_id: batchId, ...row })))),
    rows: rows.length,
    batchId,
    schema: schemaVersion,
  });
  if (outcome.kind !== 'stored') throw new Error(`not published: ${outcome.kind}`);
  return outcome.sequence;
}

/** Waits until a counter has reached a value. */
export async function counted(
  hub: Pick<TestHub, 'counters'>,
  name: string,
  value: number,
  cause = '',
): Promise<void> {
  while (hub.counters.counter(name, cause).value < value)
    await new Promise((resolve) => setTimeout(resolve, 5));
}

export const nowUs = (): number => Date.now() * 1000;
