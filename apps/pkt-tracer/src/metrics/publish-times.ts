import { Histogram, type Metric } from 'prom-client';

/** Seconds: a server on the same host, one far away, and one that is nearly given up (5 s). */
const buckets = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5];

/** How long the stream took to acknowledge batches, each try that succeeded. */
export class PublishTimes {
  readonly #histogram = new Histogram({
    name: 'visor_agent_publish_seconds',
    help: 'How long the stream took to acknowledge a batch, from its last try on',
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
