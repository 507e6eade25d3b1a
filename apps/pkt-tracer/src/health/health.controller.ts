import {
  Controller,
  Get,
  type OnApplicationBootstrap,
  type OnModuleDestroy,
  ServiceUnavailableException,
} from '@nestjs/common';
import { Agent } from '../agent.js';
import { type AgentHealth, HealthWatch } from './agent-health.js';

@Controller()
export class HealthController implements OnApplicationBootstrap, OnModuleDestroy {
  readonly #watch: HealthWatch;

  constructor(agent: Agent) {
    this.#watch = new HealthWatch(() => agent.state);
  }

  onApplicationBootstrap(): void {
    this.#watch.start();
  }

  onModuleDestroy(): void {
    this.#watch.stop();
  }

  /** 200 while the agent runs; its parts, and what it has done. */
  @Get('healthz')
  health(): Promise<AgentHealth> {
    return this.#watch.look();
  }

  /** The same, with 503 while events are not captured or NATS is away. */
  @Get('readyz')
  async ready(): Promise<AgentHealth> {
    const health = await this.#watch.look();
    if (health.status !== 'ok') throw new ServiceUnavailableException(health);
    return health;
  }
}
