import { Module } from '@nestjs/common';
import { AgentsModule } from '../agents/agents.module.js';
import { MetricsController } from './metrics.controller.js';

@Module({ imports: [AgentsModule], controllers: [MetricsController] })
export class MetricsModule {}
