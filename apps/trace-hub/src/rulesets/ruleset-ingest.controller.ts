import { Controller, UseFilters } from '@nestjs/common';
import { Ctx, EventPattern, Payload } from '@nestjs/microservices';
import { DeliveryContext, DeliveryErrors } from '#bus';
import { RulesetIngestService } from './ruleset-ingest.service.js';

/** Takes the agents' rulesets from the stream. */
@Controller()
@UseFilters(DeliveryErrors)
export class RulesetIngestController {
  constructor(private readonly ingest: RulesetIngestService) {}

  /** The message is acknowledged when this resolves. */
  @EventPattern<string>('visor.v1.rulesets.*')
  async take(@Payload() bytes: Uint8Array, @Ctx() context: DeliveryContext): Promise<void> {
    await this.ingest.store(bytes, context.info);
  }
}
