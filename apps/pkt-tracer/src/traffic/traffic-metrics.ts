import { Counter, type Metric } from 'prom-client';
import { type Series } from './series.js';
import { type TrafficCounts } from './traffic-counts.js';

type Read = (series: Series) => number;

/**
 * @param traffic undefined before the start @param labels beside fate and reason
 * @returns the packets that were traced, for Prometheus
 */
export function trafficMetrics(
  traffic: () => TrafficCounts | undefined,
  labels: readonly string[],
): Metric[] {
  const counter = (
    name: string,
    help: string,
    first: string,
    list: (counts: TrafficCounts) => Iterable<Series>,
    read: Read,
  ): Metric => {
    const names = [first, ...labels];
    return new Counter({
      name,
      help,
      labelNames: names,
      registers: [],
      collect() {
        this.reset();
        const counts = traffic();
        for (const series of counts ? list(counts) : []) {
          const values = names.map((label, at) => [label, series.labels[at] ?? '']);
          this.inc(Object.fromEntries(values) as Record<string, string>, read(series));
        }
      },
    });
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
