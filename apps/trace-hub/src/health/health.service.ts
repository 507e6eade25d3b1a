import { Injectable } from '@nestjs/common';
import { HubParts } from '../parts.js';

export interface Readiness {
  readonly status: 'ok' | 'unavailable';
  readonly nats: string;
  readonly clickhouse: string;
}

/** Whether the hub can do its work. */
@Injectable()
export class HealthService {
  constructor(private readonly parts: HubParts) {}

  async readiness(): Promise<Readiness> {
    const nats = this.parts.bus.connected ? 'ok' : 'NATS is away; the hub waits for it';
    const clickhouse = await this.parts.store.ping().then(
      () => 'ok',
      (error: unknown) => (error instanceof Error ? error.message : String(error)),
    );
    return { status: nats === 'ok' && clickhouse === 'ok' ? 'ok' : 'unavailable', nats, clickhouse };
  }
}
