import { createHash } from 'node:crypto';
import { createRequire } from 'node:module';
import { createReadStream } from 'node:fs';
import { join } from 'node:path';
import { type NestFastifyApplication } from '@nestjs/platform-fastify';
import { type OpenAPIObject } from '@nestjs/swagger';
import { type FastifyReply, type FastifyRequest } from 'fastify';
import { Problem } from '../http/problem.js';

/** Relative, so that the page works behind a proxy's path too; no script and no style in it, as the policy asks. */
const page = `<!doctype html>
<html lang="en">
  <head>
    <meta charset="utf-8">
    <meta name="viewport" content="width=device-width, initial-scale=1">
    <title>Visor API</title>
    <link rel="icon" type="image/png" href="docs/favicon-32x32.png">
    <link rel="stylesheet" href="docs/swagger-ui.css">
    <script src="docs/swagger-ui-bundle.js" defer></script>
    <script src="docs/start.js" defer></script>
  </head>
  <body>
    <noscript>The page takes JavaScript; <a href="openapi.json">openapi.json</a> says the same.</noscript>
    <div id="page"></div>
  </body>
</html>
`;

/** A token that is given to the page stays in its memory; it is in no cookie and in no storage. */
const start = `SwaggerUIBundle({
  url: 'openapi.json',
  dom_id: '#page',
  tryItOutEnabled: true,
  persistAuthorization: false,
  withCredentials: false,
  validatorUrl: null,
  defaultModelsExpandDepth: 0,
});
`;

const files = {
  'swagger-ui-bundle.js': 'text/javascript; charset=utf-8',
  'swagger-ui.css': 'text/css; charset=utf-8',
  'favicon-32x32.png': 'image/png',
} as const;

const folder = (): string =>
  join(createRequire(import.meta.url).resolve('swagger-ui-dist/package.json'), '..');

/** @param kept the header If-None-Match: `*`, or a list of tags, weak ones too */
const isKept = (kept: string | undefined, etag: string): boolean =>
  (kept ?? '').split(',').some((tag) => ['*', etag].includes(tag.trim().replace(/^W\//, '')));

/** Serves the OpenAPI document and the page that shows it; nothing comes from elsewhere. */
export function serveDocs(nest: NestFastifyApplication, openApi: OpenAPIObject): void {
  const adapter = nest.getHttpAdapter().getInstance();
  const document = JSON.stringify(openApi);
  const etag = `"${createHash('sha256').update(document).digest('base64url')}"`;
  adapter.get('/openapi.json', (request: FastifyRequest, reply: FastifyReply) => {
    // Kept by clients, and asked for again each time: a newer hub has another.
    void reply.header('cache-control', 'no-cache').header('etag', etag);
    if (isKept(request.headers['if-none-match'], etag)) return reply.status(304).send();
    return reply.type('application/json; charset=utf-8').send(document);
  });
  adapter.get('/docs', (_request, reply) => reply.type('text/html; charset=utf-8').send(page));
  adapter.get('/docs/:file', (request: FastifyRequest, reply: FastifyReply) => {
    const { file } = request.params as { file: string };
    if (file === 'start.js') return reply.type('text/javascript; charset=utf-8').send(start);
    if (!Object.hasOwn(files, file))
      throw new Problem(404, `there is no file ${JSON.stringify(file)} of the page`);
    return reply
      .header('cache-control', 'max-age=3600')
      .type(files[file as keyof typeof files])
      .send(createReadStream(join(folder(), file)));
  });
}
