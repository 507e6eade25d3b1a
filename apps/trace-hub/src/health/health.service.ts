import { setTimeout as sleep } from 'node:timers/promises';
import { Injectable, type OnApplicationBootstrap, type OnModuleDestroy } from '@nestjs/common';
import { formatTimestamp } from '#columns';
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
}

/** Who asks for health gives up soon; a server that is stopped does not refuse. */
const longest_ms = 3000;
/** How often it is looked by itself, so that it is known since when something is away. */
const interval_ms = 5000;
const parts = ['nats', 'clickhouse'] as const;

/** @returns the same without what is told to people with a login only: addresses and paths */
export function withoutReasons(readiness: Readiness): Readiness {
  const words = { ...readiness };
  for (const name of ['status', ...parts, 'tokens', 'certificate'] as const) {
    if (words[name] === undefined) continue;
    Object.assign(words, { [name]: words[name] === 'ok' ? 'ok' : 'unavailable' });
  }
  return words;
}

/** Whether the hub can do its work. */
@Injectable()
export class HealthService implements OnApplicationBootstrap, OnModuleDestroy {
  /** ms since 1970 */
  readonly #awaySince = new Map<(typeof parts)[number], number>();
  #timer: NodeJS.Timeout | undefined;

  constructor(private readonly parts: HubParts) {}

  onApplicationBootstrap(): void {
    this.#timer = setInterval(() => void this.readiness(), interval_ms).unref();
  }

  onModuleDestroy(): void {
    clearInterval(this.#timer);
  }

  async readiness(): Promise<Readiness> {
    const nats = this.parts.bus.connected ? 'ok' : 'NATS is away; the hub waits for it';
    const answered = this.parts.store.ping().then(
      () => 'ok',
      (error: unknown) => (error instanceof Error ? error.message : String(error)),
    );
    const late = sleep(longest_ms, `ClickHouse has not answered for ${longest_ms} ms`, { ref: false });
    const clickhouse = await Promise.race([answered, late]);
    const { tokens, tls } = this.parts.access;
    const since = { ...this.#since('nats', nats), ...this.#since('clickhouse', clickhouse) };
    return {
      // With the tokens and the certificate of before the hub does its work.
      status: nats === 'ok' && clickhouse === 'ok' ? 'ok' : 'unavailable',
      nats,
      clickhouse,
      ...since,
      ...(tokens && { tokens: tokens.fault ?? 'ok' }),
      ...(tls && { certificate: tls.fault ?? 'ok' }),
    };
  }

  /** Notes how a part was found. @returns since when it is away */
  #since(part: (typeof parts)[number], found: string): Partial<Readiness> {
    if (found === 'ok') {
      this.#awaySince.delete(part);
      return {};
    }
    const since = this.#awaySince.get(part) ?? Date.now();
    this.#awaySince.set(part, since);
    return { [`${part}_since`]: formatTimestamp(since * 1000) };
  }
}
