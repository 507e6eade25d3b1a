/** How new the rows are that this hub stored, by agent; of so many agents, the others are forgotten. */
export class NewestRows {
  readonly #newest_us = new Map<string, number>();

  constructor(private readonly maxAgents = 10_000) {}

  /** @param ts_us the time of one of its newest rows, µs since 1970 */
  stored(agent: string, ts_us: number): void {
    const newest = Math.max(ts_us, this.#newest_us.get(agent) ?? -Infinity);
    this.#newest_us.delete(agent);
    this.#newest_us.set(agent, newest);
    if (this.#newest_us.size <= this.maxAgents) return;
    const [oldest] = this.#newest_us.keys();
    if (oldest !== undefined) this.#newest_us.delete(oldest);
  }

  /** @returns µs since 1970; undefined where nothing of it was stored */
  of(agent: string): number | undefined {
    return this.#newest_us.get(agent);
  }
}
