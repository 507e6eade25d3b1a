import { Module } from '@nestjs/common';
import { QueryModule } from '../query/query.module.js';
import { AgentsFound } from './agents-found.service.js';
import { EmptyAnswers } from './empty-answer.service.js';
import { SourceService } from './source.service.js';

@Module({
  imports: [QueryModule],
  providers: [SourceService, AgentsFound, EmptyAnswers],
  exports: [SourceService, AgentsFound, EmptyAnswers],
})
export class SourceModule {}
