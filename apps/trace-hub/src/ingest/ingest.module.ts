import { Module } from '@nestjs/common';
import { FaultHook } from './fault-hook.js';
import { IngestController } from './ingest.controller.js';
import { BatchRepository } from './batch.repository.js';
import { IngestService } from './ingest.service.js';

@Module({ controllers: [IngestController], providers: [IngestService, BatchRepository, FaultHook] })
export class IngestModule {}
