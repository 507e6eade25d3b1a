import { Module } from '@nestjs/common';
import { AggregateController } from './aggregate.controller.js';
import { AggregateService } from './aggregate.service.js';
import { SourceModule } from './source.module.js';

@Module({ imports: [SourceModule], controllers: [AggregateController], providers: [AggregateService] })
export class AggregateModule {}
