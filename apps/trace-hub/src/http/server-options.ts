import { type FastifyAdapter } from '@nestjs/platform-fastify';
import { type FastifyReply, type FastifyRequest } from 'fastify';
import { securityHeaders } from '../auth/headers.js';
import { type ServerTls } from '../auth/server-tls.js';
import { type ServerConfig } from '../server-config.js';
import { Problem } from './problem.js';
import { refuseRaw } from './refuse-raw.js';
import { requestIdHeader, requestIdOf } from './request-id.js';

type AdapterOptions = Exclude<ConstructorParameters<typeof FastifyAdapter>[0], undefined>;

/** Room for the headers beside the URL; Node's own limit for all of it. */
const headerBytes = 16 * 2 ** 10;
/** Characters of what stands between two slashes. */
const maxPart = 1024;

/** What Node's HTTP server takes of each client, with TLS or without. */
export function nodeOptions(config: ServerConfig, tls: ServerTls | undefined) {
  return {
    maxHeaderSize: config.maxUrl + headerBytes,
    // Node's own refusal has no body; see hostFault.
    requireHostHeader: false,
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
    routerOptions: { maxParamLength: maxPart },
    genReqId: requestIdOf,
    frameworkErrors: (
      error: Error & { statusCode?: number },
      request: FastifyRequest,
      reply: FastifyReply,
    ) => {
      const status = error.statusCode ?? 400;
      const long = `a part of the path has more than ${maxPart} characters; no name in it is so long`;
      const problem = new Problem(status, status === 414 ? long : 'the path is not a legal URL path');
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
