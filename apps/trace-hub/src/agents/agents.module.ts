import { Module } from '@nestjs/common';
import { SourceModule } from '../aggregate/source.module.js';
import { QueryModule } from '../query/query.module.js';
import { AgentsController } from './agents.controller.js';
import { AgentsService } from './agents.service.js';
import { LossRepository } from './loss.repository.js';

@Module({
  imports: [QueryModule, SourceModule],
  controllers: [AgentsController],
  providers: [AgentsService, LossRepository],
  exports: [AgentsService, LossRepository],
})
export class AgentsModule {}
