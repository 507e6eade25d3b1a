import { Injectable, type OnApplicationBootstrap, type OnModuleDestroy } from '@nestjs/common';
import { alertSource, type DeliveryContext, StreamConsumer, subjects } from '#bus';
import { HubParts } from '../parts.js';
import { AlertRepository } from './alert.repository.js';
import { Webhook } from './webhook.js';
import { type WebhookConfig } from './webhook-config.js';

/** A webhook that is new gets no alerts of before: clocks of hub and NATS may differ by so much. */
const clocksMs = 60_000;
/** One that no hub has any more is forgotten, with its place in the stream, when that holds nothing of its time. */
const forgetMs = 7 * 86_400_000;
/** Until another hub takes over what one had in hand that died. */
const ackWaitMs = 15_000;

interface Running {
  readonly webhook: Webhook;
  readonly consumer: StreamConsumer;
}

/**
 * Reads the stream of alerts for each webhook, as a durable consumer of its own that all hubs share. One alert is in hand at
 * a time, in all hubs together: a firing that is tried again is not overtaken by its resolve, and whoever hangs holds up
 * nobody else.
 */
@Injectable()
export class WebhooksService implements OnApplicationBootstrap, OnModuleDestroy {
  #running: readonly Running[] = [];

  constructor(
    private readonly parts: HubParts,
    private readonly repository: AlertRepository,
  ) {}

  /** By name: whether the last request of each failed. */
  get failing(): Readonly<Record<string, number>> {
    return Object.fromEntries(this.#running.map(({ webhook }) => [webhook.name, Number(webhook.failing)]));
  }

  onApplicationBootstrap(): void {
    this.#running = this.parts.config.alertWebhooks.map((config) => this.#start(config));
  }

  async onModuleDestroy(): Promise<void> {
    await Promise.all(
      this.#running.map(async ({ webhook, consumer }) => {
        // Not before, as the consumer waits for what is under way.
        webhook.interrupt();
        await consumer.close();
        await webhook.close();
      }),
    );
  }

  #start(config: WebhookConfig): Running {
    const { bus, log, counters } = this.parts;
    const fateOf = (id: string) => this.repository.fateOf(id);
    const webhook = new Webhook({ config, log, counters, fateOf });
    const consumer = new StreamConsumer({
      bus: bus.whenOpen,
      source: {
        ...alertSource,
        messages: `alerts for webhook ${config.name}`,
        consumer: `webhook-${config.name}`,
        since_ms: Date.now() - clocksMs,
        forgetMs,
      },
      log,
      ackWaitMs,
      maxAckPending: 1,
      concurrency: 1,
      onBacklog: (messages) => this.#tellBacklog(config.name, messages),
    });
    consumer.addHandler(
      subjects.allAlerts,
      ((bytes: Uint8Array, context: DeliveryContext) => webhook.take(bytes, context.info)) as never,
      true,
    );
    consumer.listen(() => undefined);
    return { webhook, consumer };
  }

  readonly #backlogs = new Map<string, number>();

  /** By name: alerts in the stream behind the one that was delivered last. */
  get backlogs(): Readonly<Record<string, number>> {
    return Object.fromEntries(this.#backlogs);
  }

  #tellBacklog(name: string, messages: number): void {
    this.#backlogs.set(name, messages);
  }
}
