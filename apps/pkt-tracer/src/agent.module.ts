import { type DynamicModule, Module } from '@nestjs/common';
import { DaemonLogger } from '#app-kit';
import { AgentConfig } from './agent.config.js';
import { Agent } from './agent.js';
import { HealthController } from './health/health.controller.js';
import { MetricsController } from './metrics/metrics.controller.js';

@Module({})
export class AgentModule {
  static register(config: AgentConfig, logger: DaemonLogger): DynamicModule {
    return {
      module: AgentModule,
      controllers: [HealthController, MetricsController],
      providers: [
        { provide: AgentConfig, useValue: config },
        { provide: DaemonLogger, useValue: logger },
        Agent,
      ],
    };
  }
}
