import { Module } from '@nestjs/common';
import { ReadController } from './read.controller.js';
import { ReadService } from './read.service.js';
import { RowRepository } from './row.repository.js';

@Module({ controllers: [ReadController], providers: [ReadService, RowRepository], exports: [ReadService] })
export class ReadModule {}
