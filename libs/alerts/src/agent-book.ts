import { type AgentState, type HeartbeatFacts } from './engine-types.js';

/** Agents that are remembered. */
const MAX_AGENTS = 20_000;

/** What the newest heartbeat of each agent told: what an agent lost since is the difference. */
export class AgentBook {
  #agents = new Map<string, AgentState>();

  /** @returns what it lost since the heartbeat before; undefined for one that came before */
  take(
    agent: string,
    at_us: number,
    { run, lost }: HeartbeatFacts,
  ): { cause: string; events: number }[] | undefined {
    const before = this.#agents.get(agent);
    if (before && at_us <= before.at_us && run === before.run) return undefined;
    if (!before && this.#agents.size >= MAX_AGENTS) return [];
    this.#agents.set(agent, { at_us, run, lost: { ...lost } });
    // What it lost before anybody looked is no news.
    if (!before) return [];
    const same = before.run === run;
    return Object.entries(lost).flatMap(([cause, events]) => {
      const more = events - (same && Object.hasOwn(before.lost, cause) ? (before.lost[cause] as number) : 0);
      return more > 0 ? [{ cause, events: more }] : [];
    });
  }

  save(): readonly (readonly [string, AgentState])[] {
    return [...this.#agents];
  }

  load(agents: readonly (readonly [string, AgentState])[]): void {
    this.#agents = new Map(agents);
  }
}
