import { Module } from '@nestjs/common';
import { QueryModule } from '../query/query.module.js';
import { SourceModule } from '../aggregate/source.module.js';
import { ReadController } from './read.controller.js';
import { NewestRows } from './newest-rows.service.js';
import { RowAnswers } from './row-answers.service.js';

@Module({
  imports: [QueryModule, SourceModule],
  controllers: [ReadController],
  providers: [RowAnswers, NewestRows],
})
export class ReadModule {}
