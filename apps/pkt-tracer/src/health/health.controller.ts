import { Controller, Get, ServiceUnavailableException } from '@nestjs/common';
import { Agent } from '../agent.js';
import { type AgentState } from '../agent-state.js';

@Controller()
export class HealthController {
  constructor(private readonly agent: Agent) {}

  /** 200 while the agent runs. */
  @Get('healthz')
  health(): AgentState {
    return this.agent.state;
  }

  /** 200 when events are captured and NATS takes them; else 503. */
  @Get('readyz')
  ready(): AgentState {
    const { state } = this.agent;
    if (!state.capturing || !state.natsConnected) throw new ServiceUnavailableException(state);
    return state;
  }
}
