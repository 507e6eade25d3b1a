import { Controller, UseFilters } from '@nestjs/common';
import { Ctx, EventPattern, Payload } from '@nestjs/microservices';
import { DeliveryContext, DeliveryErrors } from '#bus';
import { IngestService } from './ingest.service.js';

/** Takes the agents' batches from the stream. */
@Controller()
@UseFilters(DeliveryErrors)
export class IngestController {
  constructor(private readonly ingest: IngestService) {}

  /** The batch is acknowledged when this resolves. */
  @EventPattern<string>('visor.v1.traces.*')
  async take(@Payload() bytes: Uint8Array, @Ctx() context: DeliveryContext): Promise<void> {
    await this.ingest.store(bytes, context);
  }
}
