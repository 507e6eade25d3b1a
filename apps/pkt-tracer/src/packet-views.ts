import { type Counters, countsOf, type Log, Occurrences } from '#app-kit';
import { type Bus } from '#bus';
import { type AgentConfig } from './agent.config.js';
import { BatchTap } from './capture/batch-tap.js';
import { EventFeed } from './events/event-feed.js';
import { TrafficCounts } from './traffic/traffic-counts.js';
import { labelColumns } from './traffic/traffic-labels.js';

export interface PacketViewsOptions {
  readonly config: AgentConfig;
  readonly bus: Promise<Bus>;
  readonly log: Log;
  readonly counters: Counters;
}

/** What the metrics tell of them. */
export interface PacketViewsCounts {
  readonly traffic: TrafficCounts;
  readonly eventsPublished: number;
  readonly eventsHeld: Readonly<Record<string, number>>;
}

/** What the agent itself tells of packets, beside the rows for the hub: traffic metrics and live events. */
export class PacketViews {
  readonly #traffic: TrafficCounts;
  readonly #feed: EventFeed | undefined;
  readonly #tap: BatchTap;
  readonly #occurrences: Occurrences;

  constructor(private readonly options: PacketViewsOptions) {
    const { config, bus, log, counters } = options;
    const { agentId: agent, publishEvents: publish, maxEventRate: maxRate } = config;
    const labels = labelColumns(config.trafficLabels);
    const traffic = new TrafficCounts({ labels, maxSeries: config.maxTrafficSeries });
    const feed =
      publish === 'off' ? undefined : new EventFeed({ bus, agent, publish, maxRate, log, counters });
    this.#occurrences = new Occurrences(log, counters);
    this.#traffic = traffic;
    this.#feed = feed;
    this.#tap = new BatchTap(
      [(batch, rows) => traffic.add(batch, rows, performance.now()), ...(feed ? [feed.take.bind(feed)] : [])],
      this.#occurrences,
    );
  }

  get counts(): PacketViewsCounts {
    const { counters } = this.options;
    return {
      traffic: this.#traffic,
      eventsPublished: counters.counter('events_published').value,
      eventsHeld: countsOf(counters, 'events_held'),
    };
  }

  /** @param bytes a batch as the capture thread made it */
  show(bytes: Uint8Array): void {
    this.#tap.show(bytes);
  }

  /** Publishes what is left to tell; nothing is waited for. */
  stop(): void {
    this.#feed?.stop();
    this.#occurrences.flush();
  }
}
