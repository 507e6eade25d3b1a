import { type IncomingMessage } from 'node:http';
import { hostname } from 'node:os';
import { Counters, createLogger, levelBySignal, natsSettings, packageVersion, type Running } from '#app-kit';
import { BusError, connectBus, readyStreams, type Bus, type BusOptions } from '#bus';
import { type StoreOptions } from '#clickhouse';
import { joinStreams } from '#wire';
import { createApplication } from './application.js';
import { Access } from './auth/access.js';
import { isKnown } from './auth/identify.js';
import { BusLink } from './bus-link.js';
import { type HubConfig } from './config.js';
import { parseEndpoint, showEndpoint } from './endpoint.js';
import { nodeOptions } from './http/server-options.js';
import { HubParts } from './parts.js';
import { storeWhenThere } from './store-wait.js';
import { openTracing } from './tracing/open-tracing.js';

/**
 * Starts the hub: the store first, then HTTP, then the batches. A ClickHouse server and NATS may come later, the hub
 * waits for them.
 * @param stop ends the wait for ClickHouse
 * @throws StartError, StoreError, BusError, or the system's error when the address is taken
 */
export async function startHub(config: HubConfig, stop?: AbortSignal): Promise<Running> {
  const endpoint = parseEndpoint(config.serverEndpoint);
  const logger = createLogger({ name: 'trace-hub', level: config.loggerLevel, format: config.loggerFormat });
  const leaveSignal = levelBySignal(logger);
  const connection = natsSettings(config);
  const access = Access.open(config, endpoint, logger);
  const server = {
    ...nodeOptions(config, access.tls),
    isKnown: (request: IncomingMessage) => isKnown(request, access.logins),
  };
  const wait = { endpoint, log: logger, stop, server };
  const store = await storeWhenThere(storeOptions(config), wait).catch((error: unknown) => {
    leaveSignal();
    access.close();
    throw error;
  });
  const nats = { ...connection, name: `trace-hub ${hostname()}`, log: logger };
  const bus = new BusLink((giveUp) => connectHub(nats, giveUp));
  const version = packageVersion(import.meta.url);
  const counters = new Counters();
  const tracing = await openTracing(config, { version, log: logger, counters });
  const parts = new HubParts({ config, store, bus, log: logger, counters, access, tracing });
  const { nest } = await createApplication(parts, version, logger);

  const close = async (): Promise<void> => {
    await nest.close();
    await bus.close();
    await store.close();
    await tracing.close();
    access.close();
    leaveSignal();
  };
  try {
    await nest.startAllMicroservices();
    await nest.listen(endpoint.port, endpoint.host);
  } catch (error) {
    await close();
    throw error;
  }
  bus.open();
  logger.log(`serving ${showEndpoint(endpoint)}, rows are kept in ${store.place}`);
  return { close, ended: failureOf(bus.whenOpen) };
}

const storeOptions = (config: HubConfig): StoreOptions => ({
  url: config.clickhouseUrl,
  ...(config.clickhouseCluster !== '' && { cluster: config.clickhouseCluster }),
  ...(config.clickhouseTlsCa !== '' && { ca: config.clickhouseTlsCa }),
  fsync: config.clickhouseFsync,
  ttlDays: config.clickhouseTtlDays,
  flowsTtlDays: config.clickhouseFlowsTtlDays,
  alertsTtlDays: config.clickhouseAlertsTtlDays,
  join: joinStreams,
});

async function connectHub(options: BusOptions, giveUp: AbortSignal): Promise<Bus> {
  const bus = await connectBus(options, giveUp);
  try {
    await readyStreams(bus, options.log, giveUp);
    return bus;
  } catch (error) {
    await bus.close();
    throw error;
  }
}

/** @returns what settles only when NATS refuses us for a reason that waiting does not mend */
function failureOf(opening: Promise<Bus>): Promise<void> {
  return new Promise((_, reject) => {
    opening.catch((error: Error) => {
      if (!(error instanceof BusError && error.code === 'closed')) reject(error);
    });
  });
}
