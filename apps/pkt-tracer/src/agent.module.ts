import { type DynamicModule, Module } from '@nestjs/common';
import { AgentConfig } from './agent.config.js';
import { Agent } from './agent.js';
import { HealthController } from './health/health.controller.js';
import { MetricsController } from './metrics/metrics.controller.js';

@Module({})
export class AgentModule {
  static register(config: AgentConfig): DynamicModule {
    return {
      module: AgentModule,
      controllers: [HealthController, MetricsController],
      providers: [{ provide: AgentConfig, useValue: config }, Agent],
    };
  }
}
