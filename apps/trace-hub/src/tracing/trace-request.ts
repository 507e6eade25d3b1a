import { type FastifyReply, type FastifyRequest } from 'fastify';
import { type Tracing } from './tracing.js';

/** Goes on with a request within a span of its own, to the end of its answer. Only questions have one. */
export function traceRequest(
  tracing: Tracing,
  { id, method, headers, routeOptions }: FastifyRequest,
  { raw }: FastifyReply,
  goOn: () => void,
): void {
  const route = routeOptions.url;
  if (!tracing.on || route === undefined || !route.startsWith('/api/')) return goOn();
  const { traceparent } = headers;
  const span = tracing.begin({
    name: `${method} ${route}`,
    kind: 'server',
    attributes: { 'http.request.method': method, 'http.route': route, 'visor.request_id': id },
    traceparent: typeof traceparent === 'string' ? traceparent : undefined,
  });
  raw.once('close', () => {
    span.set({ 'http.response.status_code': raw.statusCode });
    if (raw.statusCode >= 500) span.failed(`answered with ${raw.statusCode}`);
    if (!raw.writableFinished) span.set({ 'visor.broken_off': true });
    span.end();
  });
  span.within(goOn);
}
