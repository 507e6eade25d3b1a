import { Module, type DynamicModule } from '@nestjs/common';
import { APP_FILTER } from '@nestjs/core';
import { AggregateModule } from './aggregate/aggregate.module.js';
import { AgentsModule } from './agents/agents.module.js';
import { AlertsModule } from './alerts/alerts.module.js';
import { AlertDeliveryModule } from './alert-delivery/alert-delivery.module.js';
import { HealthModule } from './health/health.module.js';
import { HintsModule } from './hints/hints.module.js';
import { ProblemFilter } from './http/problem.filter.js';
import { IngestModule } from './ingest/ingest.module.js';
import { LiveModule } from './live/live.module.js';
import { PacketModule } from './packet/packet.module.js';
import { HubParts } from './parts.js';
import { MetricsModule } from './metrics/metrics.module.js';
import { ReadModule } from './read/read.module.js';
import { RollupModule } from './rollup/rollup.module.js';
import { RulesetsModule } from './rulesets/rulesets.module.js';
import { SeriesModule } from './series/series.module.js';
import { ValidateModule } from './validate/validate.module.js';

@Module({})
export class HubModule {
  static of(parts: HubParts): DynamicModule {
    return {
      module: HubModule,
      global: true,
      imports: [
        IngestModule,
        RollupModule,
        ReadModule,
        PacketModule,
        AggregateModule,
        SeriesModule,
        HintsModule,
        ValidateModule,
        RulesetsModule,
        AgentsModule,
        AlertsModule,
        AlertDeliveryModule,
        LiveModule,
        HealthModule,
        MetricsModule,
      ],
      providers: [
        { provide: HubParts, useValue: parts },
        { provide: APP_FILTER, useClass: ProblemFilter },
      ],
      exports: [HubParts],
    };
  }
}
