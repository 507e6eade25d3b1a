import { randomUUID } from 'node:crypto';
import { hostname } from 'node:os';
import { Injectable, type OnApplicationBootstrap, type OnModuleDestroy } from '@nestjs/common';
import { Repeats } from '#app-kit';
import { StateBucket } from '#bus';
import { Lease } from '../alerts/lease.js';
import { HubParts } from '../parts.js';
import { AlertRepository } from './alert.repository.js';
import { type WebhookConfig } from './webhook-config.js';
import { WebhookTerm } from './webhook-term.js';

/** A webhook that is new gets no alerts of before: clocks of hub and NATS may differ by so much. */
const clocksMs = 60_000;

/**
 * Reads the stream of alerts for each webhook, as a durable consumer of its own. One hub at a time tells a webhook, and
 * one alert is in hand at a time: a firing that is tried again is not overtaken by its resolve, and whoever hangs holds up
 * nobody else.
 */
@Injectable()
export class WebhooksService implements OnApplicationBootstrap, OnModuleDestroy {
  readonly #bucket: StateBucket;
  readonly #repeats: Repeats;
  #leases: readonly Lease[] = [];
  /** Those that this hub tells. */
  readonly #terms = new Map<string, WebhookTerm>();
  readonly #backlogs = new Map<string, number>();

  constructor(
    private readonly parts: HubParts,
    private readonly repository: AlertRepository,
  ) {
    this.#bucket = new StateBucket(parts.bus.whenOpen);
    this.#repeats = new Repeats(parts.log);
  }

  /** By name, of those that this hub tells: whether the last request of each failed. */
  get failing(): Readonly<Record<string, number>> {
    return Object.fromEntries([...this.#terms].map(([name, { webhook }]) => [name, Number(webhook.failing)]));
  }

  /** By name, of those that this hub tells: alerts in the stream behind the one that was delivered last. */
  get backlogs(): Readonly<Record<string, number>> {
    return Object.fromEntries(this.#backlogs);
  }

  onApplicationBootstrap(): void {
    const since_ms = Date.now() - clocksMs;
    const holder = { hub: hostname(), run: randomUUID() };
    this.#leases = this.parts.config.alertWebhooks.map((config) => {
      const { name } = config;
      const lease: Lease = new Lease({
        bucket: this.#bucket,
        key: `webhook.${name}.lease`,
        holder,
        work: (signal) => this.#tell(config, since_ms, () => lease.held, signal),
        failed: (error) => this.#failed(name, error),
      });
      return lease;
    });
    void this.parts.bus.whenOpen.then(
      () => this.#leases.forEach((lease) => lease.start()),
      // Whoever asked for it to be opened reports that it failed.
      () => undefined,
    );
  }

  async onModuleDestroy(): Promise<void> {
    await Promise.all(this.#leases.map((lease) => lease.close()));
    this.#repeats.flush();
  }

  async #tell(
    config: WebhookConfig,
    since_ms: number,
    held: () => boolean,
    signal: AbortSignal,
  ): Promise<void> {
    const { name } = config;
    const term = new WebhookTerm({
      parts: this.parts,
      bus: await this.parts.bus.whenOpen,
      bucket: this.#bucket,
      config,
      since_ms,
      fateOf: (id) => this.repository.fateOf(id),
      onBacklog: (messages) => void this.#backlogs.set(name, messages),
      held,
    });
    this.#terms.set(name, term);
    try {
      await term.run(signal);
    } finally {
      this.#terms.delete(name);
      this.#backlogs.delete(name);
    }
  }

  #failed(name: string, error: unknown): void {
    const why = error instanceof Error ? error.message : String(error);
    this.#repeats.warn(name, `webhook ${name} is not told by this hub (${why}); trying again`);
  }
}
