import { Injectable } from '@nestjs/common';
import { type AlertMessage } from '#bus';
import { type AlertJson, selectAlertHistory } from '#clickhouse';
import { HubParts } from '../parts.js';
import { QueryService } from '../query/query.service.js';
import { type Fate } from './storm-cap.js';

/** Alerts of ClickHouse. */
@Injectable()
export class AlertRepository {
  constructor(
    private readonly parts: HubParts,
    private readonly queries: QueryService,
  ) {}

  /** @throws StoreError */
  store(alert: AlertMessage): Promise<void> {
    return this.parts.store.storeAlert(alert);
  }

  /** @returns when it fired, and when it was resolved; none where it is not known @throws Problem */
  async history(id: string, signal: AbortSignal): Promise<AlertJson[]> {
    return (await this.queries.document<AlertJson>(selectAlertHistory(id), { signal })).rows;
  }

  /** What webhooks were told of the firing of an alert: all but silenced ones. Where the table does not know, that too. */
  async fateOf(id: string): Promise<Fate> {
    const lines = await this.parts.store.queryText(selectAlertHistory(id)).catch(() => '');
    const rows = lines
      .split('\n')
      .filter((line) => line !== '')
      .map((line) => JSON.parse(line) as AlertJson);
    return rows.find(({ state }) => state === 'firing')?.silenced === true ? 'left_out' : 'told';
  }
}
