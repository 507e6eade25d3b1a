import { Histogram, type Metric } from 'prom-client';

/** Seconds: what the hub answers within a moment, what people wait for, and what is as long as it may be. */
const buckets = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60];

/** How long answers take, from the request to their last byte, by the endpoint as it is declared. */
export class QueryTimes {
  readonly #histogram = new Histogram({
    name: 'visor_hub_query_seconds',
    help: 'How long questions took to be answered, whole, by endpoint; live streams are not among them',
    labelNames: ['endpoint'],
    buckets,
    registers: [],
  });

  get metric(): Metric {
    return this.#histogram;
  }

  observe(endpoint: string, seconds: number): void {
    this.#histogram.observe({ endpoint }, seconds);
  }
}
