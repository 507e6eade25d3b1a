import { Module } from '@nestjs/common';
import { GeoModule } from '../geo/geo.module.js';
import { FaultHook } from './fault-hook.js';
import { IngestController } from './ingest.controller.js';
import { BatchRepository } from './batch.repository.js';
import { IngestService } from './ingest.service.js';
import { MergePauseService } from './merge-pause.service.js';
import { StoredTeller } from './stored-teller.js';
import { AskService } from './ask.service.js';

@Module({
  imports: [GeoModule],
  controllers: [IngestController],
  providers: [IngestService, BatchRepository, StoredTeller, AskService, FaultHook, MergePauseService],
  exports: [IngestService],
})
export class IngestModule {}
