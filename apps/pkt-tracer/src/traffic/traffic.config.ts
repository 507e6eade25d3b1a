import { integer, list, Setting } from '#app-kit';
import { SgroupsConfig } from '../sgroups/sgroups.config.js';
import { trafficLabels } from './traffic-labels.js';

/** What /metrics tells of the packets. */
export class TrafficConfig extends SgroupsConfig {
  @Setting(
    'traffic.labels',
    'Labels of visor_packets_total, visor_bytes_total and visor_drop_total beside fate and reason',
    list({ words: trafficLabels }, { optional: true }),
  )
  trafficLabels: readonly string[] = [];

  @Setting(
    'traffic.max-series',
    'Series that these metrics may have; packets beyond are counted with "other" for each of these labels',
    integer({ min: 100, max: 100_000 }),
  )
  maxTrafficSeries = 2000;
}
