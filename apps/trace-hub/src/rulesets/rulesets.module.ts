import { Module } from '@nestjs/common';
import { SourceModule } from '../aggregate/source.module.js';
import { QueryModule } from '../query/query.module.js';
import { RulesetIngestController } from './ruleset-ingest.controller.js';
import { RulesetIngestService } from './ruleset-ingest.service.js';
import { RulesetPruner } from './ruleset-pruner.js';
import { RulesetRepository } from './ruleset.repository.js';
import { RulesetsController } from './rulesets.controller.js';
import { RulesetsService } from './rulesets.service.js';

@Module({
  imports: [QueryModule, SourceModule],
  controllers: [RulesetsController, RulesetIngestController],
  providers: [RulesetsService, RulesetIngestService, RulesetRepository, RulesetPruner],
})
export class RulesetsModule {}
