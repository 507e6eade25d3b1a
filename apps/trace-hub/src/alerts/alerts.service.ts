import { randomUUID } from 'node:crypto';
import { hostname } from 'node:os';
import { Injectable, type OnApplicationBootstrap, type OnModuleDestroy } from '@nestjs/common';
import { Repeats } from '#app-kit';
import { type AlertTransition, type Severity } from '#alerts';
import { StateBucket } from '#bus';
import { SilencesService } from '../alert-delivery/silences.service.js';
import { AgentsService } from '../agents/agents.service.js';
import { LiveRows } from '../live/live-rows.js';
import { HubParts } from '../parts.js';
import { AlertHistory } from './alert-history.js';
import { AlertTerm } from './alert-term.js';
import { Lease, type LeaseHolder } from './lease.js';
import { RuleBook } from './rule-book.js';

/** Alert rules as they are evaluated, by this hub or another one. */
@Injectable()
export class AlertsService implements OnApplicationBootstrap, OnModuleDestroy {
  readonly book: RuleBook;
  readonly #bucket: StateBucket;
  readonly #lease: Lease;
  readonly #repeats: Repeats;
  #term: AlertTerm | undefined;

  constructor(
    private readonly parts: HubParts,
    private readonly live: LiveRows,
    private readonly agents: AgentsService,
    private readonly history: AlertHistory,
    private readonly silences: SilencesService,
  ) {
    const { config, log, bus } = parts;
    this.#repeats = new Repeats(log);
    const { configFile, alertsDirectory: directory, alertsReady: ready } = config;
    this.book = new RuleBook({ configFile, directory, ready }, log);
    this.book.onChange = () => this.#changed();
    this.#bucket = new StateBucket(bus.whenOpen);
    this.#lease = new Lease({
      bucket: this.#bucket,
      holder: { hub: hostname(), run: randomUUID() },
      work: (signal) => this.#evaluate(signal),
      failed: (error) => this.#failed(error),
    });
  }

  async onApplicationBootstrap(): Promise<void> {
    await this.book.start(this.parts.config.reloadIntervalMs);
    this.book.listen();
    this.#begin();
  }

  async onModuleDestroy(): Promise<void> {
    this.book.stop();
    await this.#lease.close();
    this.#repeats.flush();
  }

  /** Who evaluates, as far as this hub knows. */
  get evaluator(): LeaseHolder | undefined {
    return this.#lease.holder;
  }

  /** Whether it is this hub. */
  get evaluates(): boolean {
    return this.#term?.begun === true && this.#lease.held;
  }

  /** The engine, where this hub evaluates. */
  get engine(): AlertTerm['engine'] | undefined {
    return this.#term?.engine;
  }

  /** How many alerts fire, by severity; 0 where another hub evaluates. */
  get firing(): Readonly<Record<Severity, number>> {
    const count: Record<Severity, number> = { info: 0, warning: 0, critical: 0 };
    for (const rule of this.engine?.rules ?? [])
      count[rule.severity] += this.engine?.counters.rules[rule.name]?.firing ?? 0;
    return count;
  }

  #changed(): void {
    this.#term?.replaceRules(this.book.rules);
    this.#begin();
  }

  /** Without rules there is nothing to do; who has begun goes on, so that what fires is resolved. */
  #begin(): void {
    if (this.book.rules.length === 0) return;
    void this.parts.bus.whenOpen.then(
      () => this.#lease.start(),
      // Whoever asked for it to be opened reports that it failed.
      () => undefined,
    );
  }

  async #evaluate(signal: AbortSignal): Promise<void> {
    const { parts, live, agents, history, book } = this;
    const bus = await parts.bus.whenOpen;
    const isSilenced = (alert: AlertTransition): boolean => this.silences.find(alert) !== undefined;
    const held = (): boolean => this.#lease.held;
    const term = new AlertTerm({
      ...{ parts, bus, live, agents, history, isSilenced, held },
      bucket: this.#bucket,
      rules: book.rules,
    });
    this.#term = term;
    parts.log.log(`this hub evaluates the alert rules (${book.rules.length})`);
    try {
      await term.run(signal);
    } finally {
      this.#term = undefined;
      parts.log.log('this hub has let go of the alert rules');
    }
  }

  #failed(error: unknown): void {
    const why = error instanceof Error ? error.message : String(error);
    this.#repeats.warn('lease', `alert rules are not evaluated by this hub (${why}); trying again`);
  }
}
