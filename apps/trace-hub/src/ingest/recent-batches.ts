/** What became of the batches of late, the newest of them. */
export class RecentBatches<T> {
  readonly #batches = new Map<string, T>();

  constructor(private readonly max: number) {}

  get(agentId: string, batchId: bigint): T | undefined {
    return this.#batches.get(keyOf(agentId, batchId));
  }

  set(agentId: string, batchId: bigint, value: T): void {
    const key = keyOf(agentId, batchId);
    this.#batches.delete(key);
    this.#batches.set(key, value);
    if (this.#batches.size <= this.max) return;
    for (const oldest of this.#batches.keys()) {
      this.#batches.delete(oldest);
      return;
    }
  }
}

export const keyOf = (agentId: string, batchId: bigint): string => `${batchId}/${agentId}`;
