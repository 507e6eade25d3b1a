import { type MetricDefinition } from '#app-kit';
import { type DeliveryCounts } from '../publish/delivery.js';

type Read = (counts: DeliveryCounts) => number;

const gauges: readonly (readonly [string, string, Read])[] = [
  ['spool_batches', 'Batches not known to be in ClickHouse, in memory or on disk', (c) => c.spool.batches],
  ['spool_bytes', 'Compressed bytes of these batches', (c) => c.spool.bytes],
  ['spool_disk_bytes', 'Bytes of the files in spool.dir', (c) => c.diskBytes],
  ['spool_oldest_seconds', 'Age of the first event of the oldest of these batches', oldestSeconds],
  ['spool_unconfirmed_batches', 'Of these batches, those that the stream has', (c) => c.spool.unconfirmed],
  [
    'spool_rows',
    'Rows of this run that are in spool.dir and that the stream does not have',
    (c) => c.spool.rowsSpooled,
  ],
];

const counters: readonly (readonly [string, string, Read])[] = [
  ['batches_published', 'Batches that the stream has taken', (c) => c.published],
  ['rows_stored', 'Rows that the hub says are in ClickHouse', (c) => c.spool.rowsStored],
  ['rows_replayed', 'Rows of earlier runs published from the spool', (c) => c.spool.rowsReplayed],
  [
    'republished_batches',
    'Batches published once more, as neither ClickHouse nor the stream had them',
    (c) => c.again,
  ],
  [
    'unconfirmed_dropped_batches',
    'Batches forgotten for want of room while the stream has them',
    (c) => c.unconfirmedDropped,
  ],
  ['spool_damages', 'Damaged places found in the spool at the start', (c) => c.damages],
];

function oldestSeconds({ spool }: DeliveryCounts): number {
  return spool.oldest_us === undefined ? 0 : Math.max(0, Date.now() / 1000 - spool.oldest_us / 1e6);
}

/** @param read undefined before the start @returns what is told of batches until they are stored */
export function deliveryMetrics(read: () => DeliveryCounts | undefined): MetricDefinition[] {
  const valueOf = (value: Read) => (): number => {
    const counts = read();
    return counts ? value(counts) : 0;
  };
  return [
    ...counters.map(([name, help, value]): MetricDefinition => ({
      name: `visor_agent_${name}_total`,
      help,
      kind: 'counter',
      read: valueOf(value),
    })),
    ...gauges.map(([name, help, value]): MetricDefinition => ({
      name: `visor_agent_${name}`,
      help,
      kind: 'gauge',
      read: valueOf(value),
    })),
  ];
}
