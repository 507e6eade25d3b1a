import { setTimeout as sleep } from 'node:timers/promises';
import { Repeats } from '#app-kit';
import {
  alertsBetween,
  alertSource,
  alertsStream,
  type Bus,
  type DeliveryContext,
  type StateBucket,
  StreamConsumer,
  subjects,
} from '#bus';
import { DamagedState, KeptState, StateLost } from '../alerts/kept-state.js';
import { type HubParts } from '../parts.js';
import { type Fate } from './storm-cap.js';
import { Webhook } from './webhook.js';
import { type WebhookState } from './webhook-parts.js';
import { type WebhookConfig } from './webhook-config.js';

export interface WebhookTermParts {
  readonly parts: HubParts;
  readonly bus: Bus;
  readonly bucket: StateBucket;
  readonly config: WebhookConfig;
  /** A webhook that is new begins with the alerts of this time, ms since 1970. */
  readonly since_ms: number;
  readonly fateOf: (id: string) => Promise<Fate>;
  readonly onBacklog: (messages: number) => void;
  /** Whether no other hub can be at it. */
  readonly held: () => boolean;
}

/** One that no hub has any more is forgotten, with its place in the stream, when that holds nothing of its time. */
const forgetMs = 7 * 86_400_000;
/** Until another hub takes over what one had in hand that died. */
const ackWaitMs = 15_000;
/** How often what is known is kept, unless that takes more than a twentieth of the time. */
const keepMs = 1000;
const share = 20;
/** How often it is asked how many alerts wait. */
const lookMs = 5000;
const mostMs = 30_000;

/**
 * The time in which this hub is the one that tells a webhook. What it holds back and what it has told is kept in the bucket,
 * so that the next one goes on with it: a summary has all of a storm, and an end goes where its beginning went.
 */
export class WebhookTerm {
  readonly webhook: Webhook;
  readonly #keptState: KeptState;
  readonly #consumer: StreamConsumer;
  readonly #repeats: Repeats;
  /** Webhook.version */
  #kept = -1;
  /** Another hub has kept what it knows. */
  #lost = false;

  constructor(private readonly own: WebhookTermParts) {
    const { parts, bus, bucket, config, fateOf, held } = own;
    const { log, counters } = parts;
    this.#repeats = new Repeats(log);
    this.#keptState = new KeptState(bucket, `webhook.${config.name}`);
    this.webhook = new Webhook({
      config,
      log,
      counters,
      fateOf,
      held,
      between: (after, through) => alertsBetween(bus, after, through),
    });
    this.#consumer = this.#makeConsumer();
  }

  /** Resolves when `signal` is aborted, or another hub is at it. @throws what NATS answers at the start */
  async run(signal: AbortSignal): Promise<void> {
    try {
      await this.#restore();
      await this.#keep();
      this.#consumer.listen(() => undefined);
      let looked = -Infinity;
      for (let pause = keepMs; !signal.aborted;) {
        await sleep(pause, undefined, { signal }).catch(() => undefined);
        const began = performance.now();
        await this.#keepOn();
        if (this.#lost) return;
        pause = Math.min(mostMs, Math.max(keepMs, share * (performance.now() - began)));
        if (performance.now() - looked >= lookMs) {
          looked = performance.now();
          await this.#look();
        }
      }
    } finally {
      // Not before, as the consumer waits for what is under way.
      this.webhook.interrupt();
      await this.#consumer.close();
      // What cannot be kept would be told again by the next one.
      await this.webhook.close(this.own.held() && !this.#lost);
      if (this.own.held()) await this.#keepOn();
      this.#repeats.flush();
    }
  }

  #makeConsumer(): StreamConsumer {
    const { parts, bus, config, since_ms, onBacklog } = this.own;
    const consumer = new StreamConsumer({
      bus: Promise.resolve(bus),
      source: {
        ...alertSource,
        messages: `alerts for webhook ${config.name}`,
        consumer: `webhook-${config.name}`,
        since_ms,
        forgetMs,
      },
      log: parts.log,
      ackWaitMs,
      maxAckPending: 1,
      concurrency: 1,
      onBacklog,
    });
    consumer.addHandler(
      subjects.allAlerts,
      ((bytes: Uint8Array, context: DeliveryContext) => this.webhook.take(bytes, context.info)) as never,
      true,
    );
    return consumer;
  }

  async #restore(): Promise<void> {
    const { bus } = this.own;
    const found = await this.#consumer.ensure(bus);
    const state = await this.#load();
    // Without a place in the stream it is new; numbers that were not given yet are of a stream that is gone.
    if (!state || found.made || state.through > found.doubtfulThrough)
      return this.webhook.begin(found.settledThrough);
    this.webhook.restore(state);
    // What the hub before this one has settled and did not come to keep.
    for await (const past of alertsBetween(bus, state.through, found.settledThrough))
      this.webhook.recall(past);
  }

  async #load(): Promise<WebhookState | undefined> {
    try {
      const state = await this.#keptState.load();
      return state && readState(state);
    } catch (error) {
      if (!(error instanceof DamagedState)) throw error;
      const { name } = this.own.config;
      this.own.parts.log.error(
        `what is kept of webhook ${name} cannot be read (${error.message}); what was held back is told by nobody`,
      );
      return undefined;
    }
  }

  async #keep(): Promise<void> {
    const { version } = this.webhook;
    if (version === this.#kept) return;
    await this.#keptState.save(this.webhook.state);
    this.#kept = version;
  }

  async #keepOn(): Promise<void> {
    if (this.#lost) return;
    try {
      await this.#keep();
    } catch (error) {
      if (error instanceof StateLost) this.#lost = true;
      else this.#cannot('keep', `what webhook ${this.own.config.name} was told cannot be kept`, error);
    }
  }

  /** A delivery tells how many wait behind it; where one is tried again and again that is long ago. */
  async #look(): Promise<void> {
    const { bus, config, onBacklog } = this.own;
    try {
      const info = await bus.manager.consumers.info(alertsStream, `webhook-${config.name}`);
      onBacklog(info.num_pending);
    } catch (error) {
      if (bus.connected)
        this.#cannot('look', `how many alerts wait for webhook ${config.name} is not known`, error);
    }
  }

  #cannot(key: string, what: string, error: unknown): void {
    const why = error instanceof Error ? error.message : String(error);
    this.#repeats.warn(key, `${what} (${why})`);
  }
}

function readState(value: object): WebhookState {
  const { through, settled, admitted, cap } = value as Partial<WebhookState>;
  const numbers = Number.isSafeInteger(through) && Number.isSafeInteger(admitted);
  const whole = numbers && typeof settled === 'boolean' && Array.isArray(cap?.fates);
  if (!whole) throw new DamagedState('it is none');
  return value as WebhookState;
}
