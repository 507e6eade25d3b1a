import { Controller, UseFilters } from '@nestjs/common';
import { Ctx, EventPattern, Payload } from '@nestjs/microservices';
import { DeliveryContext, DeliveryErrors } from '#bus';
import { AlertStoreService } from './alert-store.service.js';

/** Takes alerts from the stream. */
@Controller()
@UseFilters(DeliveryErrors)
export class AlertStoreController {
  constructor(private readonly alerts: AlertStoreService) {}

  /** The message is acknowledged when this resolves. */
  @EventPattern<string>('visor.v1.alerts.*.*')
  async take(@Payload() bytes: Uint8Array, @Ctx() _context: DeliveryContext): Promise<void> {
    await this.alerts.store(bytes);
  }
}
