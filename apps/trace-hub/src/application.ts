import { type Server as HttpsServer } from 'node:https';
import { type LoggerService } from '@nestjs/common';
import { Occurrences } from '#app-kit';
import { NestFactory } from '@nestjs/core';
import { FastifyAdapter, type NestFastifyApplication } from '@nestjs/platform-fastify';
import { alertSource, rulesetSource, StreamConsumer, traceSource } from '#bus';
import { type OpenAPIObject } from '@nestjs/swagger';
import { secure } from './auth/secure.js';
import { limitConnections } from './http/connection-limits.js';
import { refuseOddities } from './http/refuse-raw.js';
import { adapterOptions } from './http/server-options.js';
import { HubModule } from './hub.module.js';
import { IngestService, maxInHand } from './ingest/ingest.service.js';
import { alertsGone } from './alert-occurrences.js';
import { serveDocs } from './openapi/docs-page.js';
import { openApiDocument } from './openapi/document.js';
import { type HubParts } from './parts.js';

/** The hub's Nest application: HTTP, and the consumers of batches, rulesets and alerts as microservices. None is started yet. */
export interface HubApplication {
  readonly nest: NestFastifyApplication;
  readonly openApi: OpenAPIObject;
}

/** @returns the application over its parts */
export async function createApplication(
  parts: HubParts,
  version: string,
  logger: LoggerService | false,
): Promise<HubApplication> {
  const { config, access } = parts;
  const adapter = new FastifyAdapter(adapterOptions(config, access.tls));
  const nest = await NestFactory.create<NestFastifyApplication>(HubModule.of(parts), adapter, {
    logger,
    abortOnError: false,
  });
  for (const strategy of consumers(parts, nest.get(IngestService))) nest.connectMicroservice({ strategy });
  const openApi = openApiDocument(nest, version);
  const server = nest.getHttpServer();
  limitConnections(server, config, parts);
  refuseOddities(server);
  access.tls?.follow(server as HttpsServer);
  secure(nest, parts);
  serveDocs(nest, openApi);
  return { nest, openApi };
}

/** Texts are large and their inserts are joined: so many are handled at a time. */
const rulesetsAtOnce = 16;

/** Inserts of alerts are joined: in a storm few large ones leave the table of rows its share of the disk. */
const alertsAtOnce = 512;
const maxAlertBytes = 4 * 2 ** 20;

/** Deliveries that all replicas together may hold: four of them have all they can combine. */
const maxAckPending = 4 * maxInHand;
/** Of messages as they came, packed. */
const maxPackedBytes = 32 * 2 ** 20;

function consumers({ bus, log, counters }: HubParts, ingest: IngestService): StreamConsumer[] {
  const common = { bus: bus.whenOpen, log };
  const occurrences = new Occurrences(log, counters);
  return [
    new StreamConsumer({
      ...common,
      source: traceSource,
      concurrency: maxInHand,
      maxBytes: maxPackedBytes,
      maxAckPending,
      ready: (stop) => ingest.ready(stop),
      onStopping: () => ingest.stop(),
      onBacklog: (messages) => ingest.tellBacklog(messages),
      onSettled: (settlement, reason) => counters.counter(`deliveries_${settlement}`, reason).add(),
    }),
    new StreamConsumer({
      ...common,
      source: rulesetSource,
      concurrency: rulesetsAtOnce,
      onSettled: (settlement, reason) => counters.counter(`ruleset_deliveries_${settlement}`, reason).add(),
    }),
    new StreamConsumer({
      ...common,
      source: alertSource,
      concurrency: alertsAtOnce,
      maxBytes: maxAlertBytes,
      maxAckPending: 4 * alertsAtOnce,
      onGone: (alerts) => occurrences.tell(alertsGone, { alerts }),
      onSettled: (settlement, reason) => counters.counter(`alert_deliveries_${settlement}`, reason).add(),
    }),
  ];
}
