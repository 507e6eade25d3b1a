import { type PartCheck, type PartStates, PartsWatch } from '#app-kit';
import { type AgentState } from '../agent-state.js';

/** So old is a batch that is not in ClickHouse when something is wrong: insert and confirmation take seconds. */
const late_s = 60;

/** What `/healthz` and `/readyz` tell: the parts, and what the agent has done. */
export interface AgentHealth extends AgentState {
  readonly status: 'ok' | 'unavailable';
  readonly parts: PartStates;
}

/** The agent's parts: without capture and NATS it is not ready, without the others it goes on as it can. */
function checksOf(state: () => AgentState, now_us: () => number): PartCheck[] {
  return [
    {
      name: 'capture',
      look: () => (state().capturing ? 'ok' : 'no trace events are received yet, or no more'),
    },
    {
      name: 'nats',
      look: () => (state().natsConnected ? 'ok' : 'NATS is away; batches wait until it is back'),
    },
    {
      name: 'delivery',
      needed: false,
      look: () => {
        const { oldest_us = Infinity, batches } = state().spool;
        const age_s = Math.floor((now_us() - oldest_us) / 1e6);
        if (age_s < late_s) return 'ok';
        return `${batches} batches are not in ClickHouse, the oldest of ${age_s} s ago; look at NATS, trace-hub and ClickHouse`;
      },
    },
    {
      name: 'sgroups',
      needed: false,
      look: () => {
        const { staleSince, error = 'they cannot be read' } = state().sgroups;
        return staleSince === undefined
          ? 'ok'
          : `${error}; the security groups are those of before ${staleSince}`;
      },
    },
  ];
}

export interface AgentHealthOptions {
  readonly interval_ms?: number;
  /** µs since 1970 */
  readonly now_us?: () => number;
}

/** Whether the agent can do its work, by its parts. */
export class HealthWatch {
  readonly #watch: PartsWatch;

  /** @param state what the agent has done so far */
  constructor(
    private readonly state: () => AgentState,
    { interval_ms = 1000, now_us = () => Date.now() * 1000 }: AgentHealthOptions = {},
  ) {
    this.#watch = new PartsWatch({ interval_ms, now: () => now_us() / 1000 });
    for (const check of checksOf(state, now_us)) this.#watch.add(check);
  }

  start(): void {
    this.#watch.start();
  }

  stop(): void {
    this.#watch.stop();
  }

  async look(): Promise<AgentHealth> {
    const { ready, parts } = await this.#watch.look();
    return { status: ready ? 'ok' : 'unavailable', parts, ...this.state() };
  }
}
