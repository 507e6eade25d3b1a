import { Module } from '@nestjs/common';
import { AgentsModule } from '../agents/agents.module.js';
import { GeoModule } from '../geo/geo.module.js';
import { MetricsController } from './metrics.controller.js';

@Module({ imports: [AgentsModule, GeoModule], controllers: [MetricsController] })
export class MetricsModule {}
