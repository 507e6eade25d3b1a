import { type DynamicModule, Module } from '@nestjs/common';
import { AgentConfig } from './agent.config.js';
import { Agent } from './agent.js';
import { HealthController } from './health/health.controller.js';

@Module({})
export class AgentModule {
  static register(config: AgentConfig): DynamicModule {
    return {
      module: AgentModule,
      controllers: [HealthController],
      providers: [{ provide: AgentConfig, useValue: config }, Agent],
    };
  }
}
