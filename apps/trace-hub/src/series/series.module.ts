import { Module } from '@nestjs/common';
import { SourceModule } from '../aggregate/source.module.js';
import { SeriesController } from './series.controller.js';
import { SeriesService } from './series.service.js';

@Module({ imports: [SourceModule], controllers: [SeriesController], providers: [SeriesService] })
export class SeriesModule {}
