import { type LoggerService } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { FastifyAdapter, type NestFastifyApplication } from '@nestjs/platform-fastify';
import { TraceConsumer } from '#bus';
import { type OpenAPIObject } from '@nestjs/swagger';
import { HubModule } from './hub.module.js';
import { openApiDocument } from './openapi/document.js';
import { type HubParts } from './parts.js';

/** The hub's Nest application: HTTP, and the consumer of batches as a microservice. Neither is started yet. */
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
  const adapter = new FastifyAdapter({ forceCloseConnections: true });
  const nest = await NestFactory.create<NestFastifyApplication>(HubModule.of(parts), adapter, {
    logger,
    abortOnError: false,
  });
  nest.connectMicroservice({ strategy: consumer(parts) });
  const openApi = openApiDocument(nest, version);
  adapter.get('/openapi.json', (_request: unknown, reply: { send(body: unknown): void }) =>
    reply.send(openApi),
  );
  return { nest, openApi };
}

function consumer({ bus, log, counters }: HubParts): TraceConsumer {
  return new TraceConsumer({
    bus: bus.whenOpen,
    log,
    onSettled: (settlement, reason) => counters.counter(`deliveries_${settlement}`, reason).add(),
  });
}
