import { Controller, Get, Res } from '@nestjs/common';
import { type FastifyReply } from 'fastify';
import { Metrics, occurrenceMetrics, packageVersion } from '#app-kit';
import { AgentConfig } from '../agent.config.js';
import { Agent } from '../agent.js';
import { agentOccurrences } from '../occurrences.js';
import { trafficMetrics } from '../traffic/traffic-metrics.js';
import { labelColumns } from '../traffic/traffic-labels.js';
import { agentMetrics } from './agent-metrics.js';

@Controller()
export class MetricsController {
  readonly #metrics: Metrics;

  constructor(agent: Agent, config: AgentConfig) {
    const { receiveBufferBytes } = config;
    const traffic = trafficMetrics(() => agent.views?.traffic, labelColumns(config.trafficLabels));
    this.#metrics = new Metrics({
      prefix: 'visor_agent',
      version: packageVersion(import.meta.url),
      metrics: [
        ...agentMetrics(agent, { receiveBufferBytes }),
        ...occurrenceMetrics('visor_agent', agent.counters, agentOccurrences),
      ],
      more: [agent.publishTimes.metric, ...traffic],
    });
  }

  /** Prometheus's text form. */
  @Get('metrics')
  async metrics(@Res() reply: FastifyReply): Promise<void> {
    void reply.type(this.#metrics.contentType).send(await this.#metrics.text());
  }
}
