import { Module } from '@nestjs/common';
import { HintsModule } from '../hints/hints.module.js';
import { CompleteService } from './complete.service.js';
import { QueryController } from './query.controller.js';
import { ValidateService } from './validate.service.js';

@Module({
  imports: [HintsModule],
  controllers: [QueryController],
  providers: [ValidateService, CompleteService],
})
export class ValidateModule {}
