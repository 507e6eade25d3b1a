import { Module } from '@nestjs/common';
import { AgentsController } from './agents.controller.js';
import { AgentsService } from './agents.service.js';
import { LossRepository } from './loss.repository.js';

@Module({
  controllers: [AgentsController],
  providers: [AgentsService, LossRepository],
  exports: [AgentsService, LossRepository],
})
export class AgentsModule {}
