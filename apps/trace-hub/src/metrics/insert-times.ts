import { Histogram, type Metric } from 'prom-client';

/** Seconds: an insert of one batch takes some hundredths, the largest about one; longer ones are a server in trouble. */
const buckets = [0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30];

/** How long inserts of batches take that succeed, with what is looked up for them. */
export class InsertTimes {
  readonly #histogram = new Histogram({
    name: 'visor_hub_ingest_insert_seconds',
    help: 'How long the inserts took that succeeded, of many batches each',
    buckets,
    registers: [],
  });

  get metric(): Metric {
    return this.#histogram;
  }

  observe(seconds: number): void {
    this.#histogram.observe(seconds);
  }
}
