import { Injectable } from '@nestjs/common';
import { Repeats } from '#app-kit';
import { parseAlertMessage, RejectBatch, RetryLater } from '#bus';
import { StoreError } from '#clickhouse';
import { HubParts } from '../parts.js';
import { AlertRepository } from './alert.repository.js';

const retryMs = 2000;

/** Brings alerts of the stream into the table; the same one as often as it comes. */
@Injectable()
export class AlertStoreService {
  readonly #repeats: Repeats;

  constructor(
    private readonly parts: HubParts,
    private readonly repository: AlertRepository,
  ) {
    this.#repeats = new Repeats(parts.log);
  }

  /**
   * Resolves when the alert is in the table.
   * @throws RejectBatch when it can never be, RetryLater when ClickHouse is away
   */
  async store(bytes: Uint8Array): Promise<void> {
    const alert = parseAlertMessage(bytes);
    if ('malformed' in alert) throw new RejectBatch('malformed', alert.malformed);
    try {
      await this.repository.store(alert);
      this.parts.counters.counter('alerts_stored').add();
    } catch (error) {
      if (!(error instanceof StoreError)) throw error;
      if (error.code === 'bad_data') throw new RejectBatch('bad_data', error.message, { cause: error });
      this.#repeats.warn(error.code, `${error.message} Alerts wait in the stream until it is back.`);
      throw new RetryLater(error.message, retryMs, { cause: error });
    }
  }
}
