import { setTimeout as sleep } from 'node:timers/promises';
import { Injectable } from '@nestjs/common';
import { HubParts } from '../parts.js';

export interface Readiness {
  readonly status: 'ok' | 'unavailable';
  readonly nats: string;
  readonly clickhouse: string;
}

/** Who asks for health gives up soon; a server that is stopped does not refuse. */
const longest_ms = 3000;

/** Whether the hub can do its work. */
@Injectable()
export class HealthService {
  constructor(private readonly parts: HubParts) {}

  async readiness(): Promise<Readiness> {
    const nats = this.parts.bus.connected ? 'ok' : 'NATS is away; the hub waits for it';
    const answered = this.parts.store.ping().then(
      () => 'ok',
      (error: unknown) => (error instanceof Error ? error.message : String(error)),
    );
    const late = sleep(longest_ms, `ClickHouse has not answered for ${longest_ms} ms`, { ref: false });
    const clickhouse = await Promise.race([answered, late]);
    return { status: nats === 'ok' && clickhouse === 'ok' ? 'ok' : 'unavailable', nats, clickhouse };
  }
}
