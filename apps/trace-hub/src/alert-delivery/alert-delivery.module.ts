import { Module } from '@nestjs/common';
import { SourceModule } from '../aggregate/source.module.js';
import { QueryModule } from '../query/query.module.js';
import { AlertRepository } from './alert.repository.js';
import { AlertStoreController } from './alert-store.controller.js';
import { AlertStoreService } from './alert-store.service.js';
import { AlertsController } from './alerts.controller.js';
import { SilencesService } from './silences.service.js';
import { WebhooksService } from './webhooks.service.js';

@Module({
  imports: [QueryModule, SourceModule],
  controllers: [AlertsController, AlertStoreController],
  providers: [AlertRepository, AlertStoreService, SilencesService, WebhooksService],
  exports: [SilencesService, WebhooksService],
})
export class AlertDeliveryModule {}
