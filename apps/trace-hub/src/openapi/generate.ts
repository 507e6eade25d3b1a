import { NestFactory } from '@nestjs/core';
import { FastifyAdapter, type NestFastifyApplication } from '@nestjs/platform-fastify';
import { packageVersion } from '#app-kit';
import { HubModule } from '../hub.module.js';
import { type HubParts } from '../parts.js';
import { openApiDocument } from './document.js';

/** @returns the OpenAPI document as docs/openapi.json keeps it, without starting anything */
export async function generateOpenApi(): Promise<string> {
  // A preview makes no instances, so that it needs no parts.
  const parts = {} as HubParts;
  const app = await NestFactory.create<NestFastifyApplication>(HubModule.of(parts), new FastifyAdapter(), {
    preview: true,
    abortOnError: false,
    logger: false,
  });
  const document = openApiDocument(app, packageVersion(import.meta.url));
  return `${JSON.stringify(document, null, 2)}\n`;
}
