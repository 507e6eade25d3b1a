import { Module } from '@nestjs/common';
import { AgentsModule } from '../agents/agents.module.js';
import { GeoModule } from '../geo/geo.module.js';
import { QueryModule } from '../query/query.module.js';
import { LiveRows } from './live-rows.js';
import { StoredRows } from './stored-rows.js';
import { StreamController } from './stream.controller.js';
import { StreamService } from './stream.service.js';

@Module({
  imports: [AgentsModule, GeoModule, QueryModule],
  controllers: [StreamController],
  exports: [StreamService, LiveRows],
  providers: [StreamService, LiveRows, StoredRows],
})
export class LiveModule {}
