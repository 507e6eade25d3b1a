import { Module } from '@nestjs/common';
import { AlertsModule } from '../alerts/alerts.module.js';
import { IngestModule } from '../ingest/ingest.module.js';
import { HealthController } from './health.controller.js';
import { HealthService } from './health.service.js';

@Module({
  imports: [AlertsModule, IngestModule],
  controllers: [HealthController],
  providers: [HealthService],
})
export class HealthModule {}
