import { Module } from '@nestjs/common';
import { QueryModule } from '../query/query.module.js';
import { ReadController } from './read.controller.js';
import { RowAnswers } from './row-answers.service.js';

@Module({ imports: [QueryModule], controllers: [ReadController], providers: [RowAnswers] })
export class ReadModule {}
