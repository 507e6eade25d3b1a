import { collectDefaultMetrics, Counter, Gauge, type Metric, Registry } from 'prom-client';
import { type Counters } from './counters.js';

/** The values of a metric: one number, or one for each value of its label. */
export type MetricValues = number | Readonly<Record<string, number>>;

/** A metric whose value is read when somebody asks; names follow https://prometheus.io/docs/practices/naming/. */
export interface MetricDefinition {
  readonly name: string;
  readonly help: string;
  readonly kind: 'counter' | 'gauge';
  /** The label that tells the values apart; absent: there is one value. */
  readonly label?: string;
  readonly read: () => MetricValues;
}

export interface MetricsOptions {
  /** Starts the name of the metric that bears the version: `visor_agent` → `visor_agent_build_info`. */
  readonly prefix: string;
  readonly version: string;
  readonly metrics: readonly MetricDefinition[];
  /** Others, which somebody else keeps: histograms. */
  readonly more?: readonly Metric[];
}

/** Gauges of prom-client's own that are named like counters, which promtool refuses; they are there by type without the ending. */
const misnamed = [
  'nodejs_active_handles_total',
  'nodejs_active_requests_total',
  'nodejs_active_resources_total',
];

/** The metrics of one daemon in a registry of their own, in Prometheus's text form. */
export class Metrics {
  readonly #registry = new Registry();

  constructor({ prefix, version, metrics, more = [] }: MetricsOptions) {
    const build: MetricDefinition = {
      name: `${prefix}_build_info`,
      help: 'Always 1; its label is the version that runs',
      kind: 'gauge',
      label: 'version',
      read: () => ({ [version]: 1 }),
    };
    for (const definition of [build, ...metrics]) this.#registry.registerMetric(metricOf(definition));
    for (const metric of more) this.#registry.registerMetric(metric);
    collectDefaultMetrics({ register: this.#registry });
    for (const name of misnamed) this.#registry.removeSingleMetric(name);
  }

  get contentType(): string {
    return this.#registry.contentType;
  }

  text(): Promise<string> {
    return this.#registry.metrics();
  }
}

/** @returns the values of a counter that is kept by cause: `read` of a metric with a label */
export function countsOf(counters: Counters, name: string): Record<string, number> {
  const mine = counters.snapshot().filter((count) => count.name === name);
  return Object.fromEntries(mine.map(({ cause, value }) => [cause, value]));
}

function metricOf({ name, help, kind, label, read }: MetricDefinition): Metric {
  const labelNames = label === undefined ? [] : [label];
  const write = (set: (labels: Record<string, string>, value: number) => void): void => {
    const values = read();
    if (typeof values === 'number') return set({}, values);
    for (const [value, count] of Object.entries(values)) set({ [label ?? '']: value }, count);
  };
  const common = { name, help, labelNames, registers: [] };
  if (kind === 'gauge') {
    return new Gauge({
      ...common,
      collect() {
        this.reset();
        write((labels, value) => this.set(labels, value));
      },
    });
  }
  return new Counter({
    ...common,
    collect() {
      this.reset();
      write((labels, value) => this.inc(labels, value));
    },
  });
}
