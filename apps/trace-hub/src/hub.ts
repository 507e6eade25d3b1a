import { hostname } from 'node:os';
import { Counters, createLogger, packageVersion, type Running } from '#app-kit';
import { BusError, connectBus, type Bus } from '#bus';
import { openStore } from '#clickhouse';
import { joinStreams } from '#wire';
import { createApplication } from './application.js';
import { BusLink } from './bus-link.js';
import { type HubConfig } from './config.js';
import { parseEndpoint } from './endpoint.js';
import { HubParts } from './parts.js';

/**
 * Starts the hub: the store first, then HTTP, then the batches. NATS may come later, the hub waits for it.
 * @throws StartError, StoreError, BusError, or the system's error when the address is taken
 */
export async function startHub(config: HubConfig): Promise<Running> {
  const { host, port } = parseEndpoint(config.serverEndpoint);
  const logger = createLogger({ name: 'trace-hub', level: config.loggerLevel, format: config.loggerFormat });
  const store = await openStore({
    url: config.clickhouseUrl,
    ...(config.clickhouseCluster !== '' && { cluster: config.clickhouseCluster }),
    ...(config.clickhouseTlsCa !== '' && { ca: config.clickhouseTlsCa }),
    fsync: config.clickhouseFsync,
    ttlDays: config.clickhouseTtlDays,
    flowsTtlDays: config.clickhouseFlowsTtlDays,
    join: joinStreams,
  });
  const nats = { url: config.natsUrl, name: `trace-hub ${hostname()}`, log: logger };
  const bus = new BusLink((giveUp) => connectBus(nats, giveUp));
  const parts = new HubParts({ config, store, bus, log: logger, counters: new Counters() });
  const { nest } = await createApplication(parts, packageVersion(import.meta.url), logger);

  const close = async (): Promise<void> => {
    await nest.close();
    await bus.close();
    await store.close();
  };
  try {
    await nest.startAllMicroservices();
    await nest.listen(port, host);
  } catch (error) {
    await close();
    throw error;
  }
  bus.open();
  logger.log(`serving http://${host}:${port}, rows are kept in ${store.place}`);
  return { close, ended: failureOf(bus.whenOpen) };
}

/** @returns what settles only when NATS refuses us for a reason that waiting does not mend */
function failureOf(opening: Promise<Bus>): Promise<void> {
  return new Promise((_, reject) => {
    opening.catch((error: Error) => {
      if (!(error instanceof BusError && error.code === 'closed')) reject(error);
    });
  });
}
