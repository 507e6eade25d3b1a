import { Module } from '@nestjs/common';
import { QueryModule } from '../query/query.module.js';
import { AlertsModule } from '../alerts/alerts.module.js';
import { AlertDeliveryModule } from '../alert-delivery/alert-delivery.module.js';
import { AgentsModule } from '../agents/agents.module.js';
import { GeoModule } from '../geo/geo.module.js';
import { IngestModule } from '../ingest/ingest.module.js';
import { LiveModule } from '../live/live.module.js';
import { RollupModule } from '../rollup/rollup.module.js';
import { MetricsController } from './metrics.controller.js';

@Module({
  imports: [
    QueryModule,
    AgentsModule,
    AlertDeliveryModule,
    AlertsModule,
    GeoModule,
    IngestModule,
    LiveModule,
    RollupModule,
  ],
  controllers: [MetricsController],
})
export class MetricsModule {}
