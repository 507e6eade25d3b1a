import { Injectable, type OnApplicationBootstrap, type OnModuleDestroy } from '@nestjs/common';
import { type PartStates, withoutPartReasons } from '#app-kit';
import { AlertsService } from '../alerts/alerts.service.js';
import { IngestService } from '../ingest/ingest.service.js';
import { HubParts } from '../parts.js';

export interface Readiness {
  readonly status: 'ok' | 'unavailable';
  readonly nats: string;
  /** Since when it is not, RFC 3339, to a few seconds; not there while it is. */
  readonly nats_since?: string;
  readonly clickhouse: string;
  readonly clickhouse_since?: string;
  /** Whether the tokens file as it is now is in force; not there without one. */
  readonly tokens?: string;
  /** Whether the certificate's files as they are now are in use; not there without TLS. */
  readonly certificate?: string;
  /** Each part, those that the hub does without among them. */
  readonly parts: PartStates;
}

/** That the process answers, and how its parts were found last. */
export interface Health {
  readonly status: 'ok';
  readonly parts: PartStates;
}

/** @returns the same without what is told to people with a login only: addresses and paths */
export function withoutReasons(readiness: Readiness): Readiness {
  const words = { ...readiness, parts: withoutPartReasons(readiness.parts) };
  for (const name of ['nats', 'clickhouse', 'tokens', 'certificate'] as const) {
    if (words[name] === undefined) continue;
    Object.assign(words, { [name]: words[name] === 'ok' ? 'ok' : 'unavailable' });
  }
  return words;
}

/** Whether the hub can do its work. */
@Injectable()
export class HealthService implements OnApplicationBootstrap, OnModuleDestroy {
  constructor(
    private readonly parts: HubParts,
    ingest: IngestService,
    alerts: AlertsService,
  ) {
    const { health, bus, store, access } = parts;
    const { tokens, tls } = access;
    health.add({ name: 'nats', look: () => (bus.connected ? 'ok' : 'NATS is away; the hub waits for it') });
    health.add({ name: 'clickhouse', title: 'ClickHouse', look: () => store.ping().then(() => 'ok') });
    // Without them, with the tokens and the certificate of before, the hub answers questions.
    const spared = { needed: false };
    const ingesting = (): string =>
      ingest.away ? 'ClickHouse does not take batches; they wait in the stream' : 'ok';
    health.add({ ...spared, name: 'ingest', look: ingesting });
    const evaluating = (): string =>
      alerts.book.rules.length > 0 && !alerts.evaluator ? 'no hub evaluates the alert rules' : 'ok';
    health.add({ ...spared, name: 'alerts', look: evaluating });
    if (tokens) health.add({ ...spared, name: 'tokens', look: () => tokens.fault ?? 'ok' });
    if (tls) health.add({ ...spared, name: 'certificate', look: () => tls.fault ?? 'ok' });
  }

  onApplicationBootstrap(): void {
    this.parts.health.start();
  }

  onModuleDestroy(): void {
    this.parts.health.stop();
  }

  get health(): Health {
    return { status: 'ok', parts: this.parts.health.last.parts };
  }

  async readiness(): Promise<Readiness> {
    const { ready, parts } = await this.parts.health.look();
    const word = (name: string): string => parts[name]?.reason ?? 'ok';
    const away = (name: string): object =>
      parts[name]?.status === 'unavailable' ? { [`${name}_since`]: parts[name].since } : {};
    return {
      status: ready ? 'ok' : 'unavailable',
      nats: word('nats'),
      clickhouse: word('clickhouse'),
      ...away('nats'),
      ...away('clickhouse'),
      ...(parts['tokens'] && { tokens: word('tokens') }),
      ...(parts['certificate'] && { certificate: word('certificate') }),
      parts,
    };
  }
}
