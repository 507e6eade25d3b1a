import { Module } from '@nestjs/common';
import { AlertDeliveryModule } from '../alert-delivery/alert-delivery.module.js';
import { AgentsModule } from '../agents/agents.module.js';
import { SourceModule } from '../aggregate/source.module.js';
import { LiveModule } from '../live/live.module.js';
import { QueryModule } from '../query/query.module.js';
import { AlertHistory } from './alert-history.js';
import { AlertRulesController } from './alert-rules.controller.js';
import { AlertsService } from './alerts.service.js';
import { RuleTestService } from './rule-test.service.js';

@Module({
  imports: [AgentsModule, AlertDeliveryModule, LiveModule, QueryModule, SourceModule],
  controllers: [AlertRulesController],
  providers: [AlertsService, AlertHistory, RuleTestService],
  exports: [AlertsService],
})
export class AlertsModule {}
