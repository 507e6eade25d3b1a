import { Controller, Get, Res } from '@nestjs/common';
import { ApiOperation, ApiProduces, ApiResponse, ApiTags } from '@nestjs/swagger';
import { type FastifyReply } from 'fastify';
import { Metrics, packageVersion } from '#app-kit';
import { AlertsService } from '../alerts/alerts.service.js';
import { WebhooksService } from '../alert-delivery/webhooks.service.js';
import { AgentsService } from '../agents/agents.service.js';
import { GeoService } from '../geo/geo.service.js';
import { IngestService } from '../ingest/ingest.service.js';
import { StreamService } from '../live/stream.service.js';
import { HubParts } from '../parts.js';
import { QueryService } from '../query/query.service.js';
import { RollupRepository } from '../rollup/rollup.repository.js';
import { hubMetrics } from './hub-metrics.js';

/** Parameters are not looked at, as with /healthz: Prometheus has `params` for every target of a job. */
@ApiTags('health')
@Controller()
export class MetricsController {
  readonly #metrics: Metrics;

  constructor(
    parts: HubParts,
    agents: AgentsService,
    geo: GeoService,
    ingest: IngestService,
    rollup: RollupRepository,
    streams: StreamService,
    queries: QueryService,
    webhooks: WebhooksService,
    alerts: AlertsService,
  ) {
    this.#metrics = new Metrics({
      prefix: 'visor_hub',
      version: packageVersion(import.meta.url),
      more: [parts.queryTimes.metric, parts.insertTimes.metric],
      metrics: hubMetrics(parts.counters, {
        agents: () => agents.agents.length,
        agentTimes: () =>
          agents.agents.map(({ heartbeat: { agent }, at_ms }) => {
            const rows_us = ingest.newest.of(agent);
            return { agent, heartbeat_s: at_ms / 1000, rows_s: rows_us && rows_us / 1e6 };
          }),
        maxAgents: parts.config.metricsMaxAgents,
        natsConnected: () => parts.bus.connected,
        geo: () => geo.states,
        heldBytes: () => ingest.heldBytes,
        backlog: () => ingest.backlog,
        live: () => streams.state,
        queries: () => queries.state,
        rollupLag_us: () => rollup.lag_us,
        lostLogLines: () => parts.log.lostLines ?? 0,
        alerts: {
          firing: () => alerts.firing,
          evaluates: () => alerts.evaluates,
          rules: () => alerts.book.rules.length,
          webhooks: () => webhooks,
        },
      }),
    });
  }

  @Get('metrics')
  @ApiOperation({ operationId: 'getMetrics', summary: "The hub's own counters, as Prometheus reads them" })
  @ApiProduces('text/plain')
  @ApiResponse({
    status: 200,
    description: 'Metrics',
    content: { 'text/plain': { schema: { type: 'string' } } },
  })
  async metrics(@Res() reply: FastifyReply): Promise<void> {
    void reply.type(this.#metrics.contentType).send(await this.#metrics.text());
  }
}
