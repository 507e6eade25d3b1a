import { type MetricDefinition } from '#app-kit';
import { heldCauses } from '../events/held-tally.js';
import { type PacketViewsCounts } from '../packet-views.js';

const held = 'Live events that were not published, by cause (rate: beyond events.max-rate)';
const overflow = 'Packets that traffic metrics count with "other" for their labels, for want of series';

const forgotten = 'Packets that traffic metrics count no more: their series made room for others';

/** @param read undefined before the start @returns what is told of live events and traffic metrics themselves */
export function viewMetrics(read: () => PacketViewsCounts | undefined): MetricDefinition[] {
  const noCauses = Object.fromEntries(heldCauses.map((cause) => [cause, 0]));
  const counter = (name: string, help: string, value: MetricDefinition['read']): MetricDefinition => ({
    name: `visor_agent_${name}_total`,
    help,
    kind: 'counter',
    read: value,
  });
  return [
    counter('live_events_published', 'Packets published as live events', () => read()?.eventsPublished ?? 0),
    {
      ...counter('live_events_held', held, () => ({ ...noCauses, ...read()?.eventsHeld })),
      label: 'cause',
    },
    counter('traffic_overflow_packets', overflow, () => read()?.traffic.overflowed ?? 0),
    counter('traffic_forgotten_packets', forgotten, () => read()?.traffic.forgotten ?? 0),
    {
      name: 'visor_agent_traffic_series',
      help: 'Series that traffic metrics take of traffic.max-series',
      kind: 'gauge',
      read: () => read()?.traffic.series ?? 0,
    },
  ];
}
