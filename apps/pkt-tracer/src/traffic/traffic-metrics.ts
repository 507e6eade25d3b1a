import { Counter, type Metric, type MetricObjectWithValues, type MetricValue } from 'prom-client';
import { type Series } from './series.js';
import { type TrafficCounts } from './traffic-counts.js';

type Read = (series: Series) => number;
type List = (counts: TrafficCounts) => Iterable<Series>;

/**
 * A counter whose values lie elsewhere. prom-client's own would hash the labels of each, which takes seconds where there are
 * many, and takes some sets of odd names for one.
 */
class SeriesCounter extends Counter {
  constructor(
    private readonly described: {
      readonly name: string;
      readonly help: string;
      readonly labels: readonly string[];
    },
    private readonly list: () => Iterable<Series>,
    private readonly read: Read,
  ) {
    const { name, help, labels } = described;
    super({ name, help, labelNames: [...labels], registers: [] });
  }

  override async get(): Promise<MetricObjectWithValues<MetricValue<string>>> {
    const { labels } = this.described;
    const values = Array.from(this.list(), (series) => ({
      value: this.read(series),
      labels: Object.fromEntries(labels.map((label, at) => [label, series.labels[at] ?? ''])),
    }));
    return { ...(await super.get()), values };
  }
}

/**
 * @param traffic undefined before the start @param labels beside fate and reason
 * @returns the packets that were traced, for Prometheus
 */
export function trafficMetrics(
  traffic: () => TrafficCounts | undefined,
  labels: readonly string[],
): Metric[] {
  const counter = (name: string, help: string, first: string, list: List, read: Read): Metric => {
    const listNow = (): Iterable<Series> => {
      const counts = traffic();
      return counts ? list(counts) : [];
    };
    return new SeriesCounter({ name, help, labels: [first, ...labels] }, listNow, read);
  };
  const packets = 'Traced packets by what became of them; one that a sample stands for counts as well';
  return [
    counter(
      'visor_packets_total',
      packets,
      'fate',
      (c) => c.packets,
      (s) => s.packets,
    ),
    counter(
      'visor_bytes_total',
      'Bytes of these packets, IP headers included',
      'fate',
      (c) => c.packets,
      (s) => s.bytes,
    ),
    counter(
      'visor_drop_total',
      'Traced packets that did not pass, by why',
      'reason',
      (c) => c.drops,
      (s) => s.packets,
    ),
  ];
}
