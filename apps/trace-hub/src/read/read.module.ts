import { Module } from '@nestjs/common';
import { QueryModule } from '../query/query.module.js';
import { ReadController } from './read.controller.js';
import { ReadService } from './read.service.js';
import { RowAnswers } from './row-answers.service.js';
import { RowRepository } from './row.repository.js';

@Module({
  imports: [QueryModule],
  controllers: [ReadController],
  providers: [ReadService, RowRepository, RowAnswers],
  exports: [ReadService],
})
export class ReadModule {}
