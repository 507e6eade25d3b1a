import cors from '@fastify/cors';
import { type NestFastifyApplication } from '@nestjs/platform-fastify';
import { type FastifyInstance } from 'fastify';
import { withLogFields } from '#app-kit';
import { traceRequest } from '../tracing/trace-request.js';
import { parseEndpoint } from '../endpoint.js';
import { requestIdHeader } from '../http/request-id.js';
import { RouteMethods } from '../http/route-methods.js';
import { type HubParts } from '../parts.js';
import { AuditLog } from './audit.js';
import { Gate } from './gate.js';
import { RateLimits } from './rate-limits.js';

/** Puts headers, limits, logins and the audit log before all routes of the application. */
export function secure(nest: NestFastifyApplication, parts: HubParts): void {
  const { access, config, log, counters, queryTimes, tracing } = parts;
  const audit = new AuditLog(log, config.auditLevel);
  const { host } = parseEndpoint(config.serverEndpoint);

  const routes = new RouteMethods();
  // On the root, and before its routes are declared.
  routes.follow(nest.getHttpAdapter().getInstance());

  async function plugin(instance: FastifyInstance): Promise<void> {
    if (config.corsOrigins.length > 0) {
      await instance.register(cors, {
        origin: [...config.corsOrigins],
        methods: ['GET', 'HEAD', 'POST'],
        allowedHeaders: ['authorization', 'content-type', 'last-event-id'],
        exposedHeaders: ['retry-after', 'www-authenticate', requestIdHeader],
        credentials: false,
        maxAge: 600,
      });
    }
    instance.decorateRequest('audited');
    // With a callback: all that is done for the request is called from within, so that its lines in the log bear its id.
    instance.addHook('onRequest', (request, reply, done) => {
      void reply.header(requestIdHeader, request.id);
      withLogFields({ request_id: request.id }, () => traceRequest(tracing, request, reply, done));
    });
    const limits = await RateLimits.in(instance, config.rateLimit);
    const gate = new Gate({ access, limits, audit, counters, host, routes, queryTimes });
    instance.addHook('onRequest', (request, reply) => gate.pass(request, reply));
    instance.addHook('onClose', (_instance, done) => {
      audit.stop();
      done();
    });
  }
  // For the routes of the whole application, not of this plugin alone.
  void nest.register(Object.assign(plugin, { [Symbol.for('skip-override')]: true }));
}
