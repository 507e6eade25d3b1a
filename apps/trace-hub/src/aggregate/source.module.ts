import { Module } from '@nestjs/common';
import { QueryModule } from '../query/query.module.js';
import { SourceService } from './source.service.js';

@Module({ imports: [QueryModule], providers: [SourceService], exports: [SourceService] })
export class SourceModule {}
