import { Module } from '@nestjs/common';
import { SourceModule } from '../aggregate/source.module.js';
import { HintsController } from './hints.controller.js';
import { HintsService } from './hints.service.js';

@Module({
  imports: [SourceModule],
  controllers: [HintsController],
  providers: [HintsService],
  exports: [HintsService],
})
export class HintsModule {}
