import { type Counters, type Log, PartsWatch } from '#app-kit';
import { type Store } from '#clickhouse';
import { type Access } from './auth/access.js';
import { type BusLink } from './bus-link.js';
import { type HubConfig } from './config.js';
import { InsertTimes } from './metrics/insert-times.js';
import { QueryTimes } from './metrics/query-times.js';
import { noTracing, type Tracing } from './tracing/tracing.js';

/** What the hub's modules are built on; the one thing that is handed in from outside. */
export class HubParts {
  readonly config: HubConfig;
  readonly store: Store;
  readonly bus: BusLink;
  readonly log: Log;
  readonly counters: Counters;
  readonly access: Access;
  readonly tracing: Tracing;
  readonly queryTimes = new QueryTimes();
  readonly insertTimes = new InsertTimes();
  /** What the hub needs to do its work; a module adds what it looks after. */
  readonly health = new PartsWatch();

  constructor(parts: {
    config: HubConfig;
    store: Store;
    bus: BusLink;
    log: Log;
    counters: Counters;
    access: Access;
    tracing?: Tracing;
  }) {
    this.config = parts.config;
    this.store = parts.store;
    this.bus = parts.bus;
    this.log = parts.log;
    this.counters = parts.counters;
    this.access = parts.access;
    this.tracing = parts.tracing ?? noTracing;
  }
}
