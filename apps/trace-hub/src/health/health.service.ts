import { setTimeout as sleep } from 'node:timers/promises';
import { Injectable } from '@nestjs/common';
import { HubParts } from '../parts.js';

export interface Readiness {
  readonly status: 'ok' | 'unavailable';
  readonly nats: string;
  readonly clickhouse: string;
  /** Whether the tokens file as it is now is in force; not there without one. */
  readonly tokens?: string;
  /** Whether the certificate's files as they are now are in use; not there without TLS. */
  readonly certificate?: string;
}

/** Who asks for health gives up soon; a server that is stopped does not refuse. */
const longest_ms = 3000;

/** @returns the same without what is told to people with a login only: addresses and paths */
export function withoutReasons(readiness: Readiness): Readiness {
  const words = Object.entries(readiness).map(([name, text]) => [name, text === 'ok' ? 'ok' : 'unavailable']);
  return Object.fromEntries(words) as unknown as Readiness;
}

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
    const { tokens, tls } = this.parts.access;
    return {
      // With the tokens and the certificate of before the hub does its work.
      status: nats === 'ok' && clickhouse === 'ok' ? 'ok' : 'unavailable',
      nats,
      clickhouse,
      ...(tokens && { tokens: tokens.fault ?? 'ok' }),
      ...(tls && { certificate: tls.fault ?? 'ok' }),
    };
  }
}
