import { setMaxListeners } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import { Injectable, type OnModuleDestroy } from '@nestjs/common';
import { Occurrences } from '#app-kit';
import { type AlertMessage, parseAlertMessage, RejectBatch, RetryLater } from '#bus';
import { StoreError } from '#clickhouse';
import { alertsNotStored } from '../alert-occurrences.js';
import { HubParts } from '../parts.js';
import { AlertRepository } from './alert.repository.js';

const retryMs = 2000;

/**
 * Brings alerts of the stream into the table; the same one as often as it comes. What ClickHouse does not take now stays in
 * hand: the stream may drop it meanwhile, and an alert that was given back would then be lost without a trace.
 */
@Injectable()
export class AlertStoreService implements OnModuleDestroy {
  readonly #occurrences: Occurrences;
  readonly #stop = new AbortController();

  constructor(
    private readonly parts: HubParts,
    private readonly repository: AlertRepository,
  ) {
    this.#occurrences = new Occurrences(parts.log, parts.counters);
    // Each alert in hand has one.
    setMaxListeners(0, this.#stop.signal);
  }

  onModuleDestroy(): void {
    this.#stop.abort();
    this.#occurrences.flush();
  }

  /**
   * Resolves when the alert is in the table.
   * @throws RejectBatch when it can never be, RetryLater when the hub stops before ClickHouse is back
   */
  async store(bytes: Uint8Array): Promise<void> {
    const alert = parseAlertMessage(bytes);
    if ('malformed' in alert) throw new RejectBatch('malformed', alert.malformed);
    const { signal } = this.#stop;
    while (!(await this.#tryTo(alert))) {
      if (signal.aborted) throw new RetryLater('the hub stops', 0);
      this.parts.counters.counter('alert_retries').add();
      await sleep(retryMs, undefined, { signal }).catch(() => undefined);
    }
    this.parts.counters.counter('alerts_stored').add();
  }

  /** @returns false when ClickHouse is away */
  async #tryTo(alert: AlertMessage): Promise<boolean> {
    try {
      await this.repository.store(alert);
      return true;
    } catch (error) {
      if (!(error instanceof StoreError)) throw error;
      if (error.code === 'bad_data') throw new RejectBatch('bad_data', error.message, { cause: error });
      this.#occurrences.tell(alertsNotStored, { code: error.code, reason: error.message });
      return false;
    }
  }
}
