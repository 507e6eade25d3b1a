import { STATUS_CODES } from 'node:http';
import { type Socket } from 'node:net';
import { type FastifyAdapter } from '@nestjs/platform-fastify';
import { type FastifyReply, type FastifyRequest } from 'fastify';
import { securityHeaders } from '../auth/headers.js';
import { type ServerTls } from '../auth/server-tls.js';
import { type ServerConfig } from '../server-config.js';
import { Problem } from './problem.js';
import { requestIdHeader, requestIdOf } from './request-id.js';

type AdapterOptions = Exclude<ConstructorParameters<typeof FastifyAdapter>[0], undefined>;

/** Room for the headers beside the URL; Node's own limit for all of it. */
const headerBytes = 16 * 2 ** 10;

/** What Node's HTTP server takes of each client, with TLS or without. */
export function nodeOptions(config: ServerConfig, tls: ServerTls | undefined) {
  return {
    maxHeaderSize: config.maxUrl + headerBytes,
    headersTimeout: Math.min(config.headerTimeoutMs, config.requestTimeoutMs),
    requestTimeout: config.requestTimeoutMs,
    // How often those are looked at; 30 s by default, which would make each of them that much longer.
    connectionsCheckingInterval: Math.min(1000, config.headerTimeoutMs),
    ...tls?.options,
  };
}

/** @returns what the hub's HTTP server is made with: its limits, and problem documents where no handler is reached */
export function adapterOptions(config: ServerConfig, tls: ServerTls | undefined): AdapterOptions {
  const node = nodeOptions(config, tls);
  return {
    forceCloseConnections: true,
    bodyLimit: config.maxBody,
    requestTimeout: config.requestTimeoutMs,
    connectionTimeout: config.idleTimeoutMs,
    trustProxy: config.trustedProxies.length > 0 ? [...config.trustedProxies] : false,
    routerOptions: { maxParamLength: 1024 },
    genReqId: requestIdOf,
    frameworkErrors: (
      error: Error & { statusCode?: number },
      request: FastifyRequest,
      reply: FastifyReply,
    ) => {
      const problem = new Problem(error.statusCode ?? 400, 'the path is not a legal URL path');
      void reply
        .headers({ ...securityHeaders, [requestIdHeader]: request.id })
        .status(problem.status)
        .type('application/problem+json')
        .send(problem.details);
    },
    clientErrorHandler: refuseRaw,
    ...(tls ? { https: node } : { http: node }),
  } as AdapterOptions;
}

/** Answers what is no HTTP request that Node can hand on. */
export function refuseRaw(error: Error & { code?: string }, socket: Socket): void {
  if (!socket.writable || error.code === 'ECONNRESET') {
    socket.destroy();
    return;
  }
  const { status, details } = problemOf(error.code);
  const body = JSON.stringify(details);
  const head = [
    `HTTP/1.1 ${status} ${STATUS_CODES[status]}`,
    'Content-Type: application/problem+json',
    `Content-Length: ${Buffer.byteLength(body)}`,
    'Connection: close',
    ...Object.entries(securityHeaders).map(([name, value]) => `${name}: ${value}`),
  ];
  socket.end(`${head.join('\r\n')}\r\n\r\n${body}`);
}

function problemOf(code: string | undefined): Problem {
  if (code === 'HPE_HEADER_OVERFLOW') {
    return new Problem(431, 'URL and headers together are too long; ask for less, or raise server.max-url');
  }
  if (code === 'ERR_HTTP_REQUEST_TIMEOUT') {
    return new Problem(
      408,
      'the request took too long to come (server.header-timeout, server.request-timeout)',
    );
  }
  return new Problem(400, 'this is not an HTTP request');
}
