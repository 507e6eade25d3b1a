import { type Network, type SecurityGroup, type SgroupsData } from '../data.js';
import { type Timestamp } from '../service.js';

/** How a change is meant: see SyncReq.SyncOp. */
export type SyncOp = 'NoOp' | 'Delete' | 'Upsert' | 'FullSync';

/** Networks and groups in memory, as the service keeps them in its database. */
export class SgroupsStore {
  #data: SgroupsData = { networks: [], groups: [] };
  #updated_ns = 0n;
  readonly #listeners = new Set<(updatedAt: Timestamp) => void>();

  get data(): SgroupsData {
    return this.#data;
  }

  /** undefined = nothing was ever synced */
  get updatedAt(): Timestamp | undefined {
    if (this.#updated_ns === 0n) return undefined;
    const seconds = this.#updated_ns / 1_000_000_000n;
    return { seconds: seconds.toString(), nanos: Number(this.#updated_ns % 1_000_000_000n) };
  }

  replace(data: SgroupsData): void {
    this.#data = data;
    const now_ns = BigInt(Date.now()) * 1_000_000n;
    this.#updated_ns = now_ns > this.#updated_ns ? now_ns : this.#updated_ns + 1n;
    const at = this.updatedAt;
    if (at) for (const listener of this.#listeners) listener(at);
  }

  syncNetworks(op: SyncOp, networks: readonly Network[]): void {
    this.replace({ ...this.#data, networks: synced(op, this.#data.networks, networks) });
  }

  syncGroups(op: SyncOp, groups: readonly SecurityGroup[]): void {
    this.replace({ ...this.#data, groups: synced(op, this.#data.groups, groups) });
  }

  /** @returns what ends it */
  onChange(listener: (updatedAt: Timestamp) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }
}

function synced<T extends { name: string }>(
  op: SyncOp,
  old: readonly T[],
  given: readonly T[],
): readonly T[] {
  if (op === 'NoOp') return old;
  if (op === 'FullSync') return given;
  const names = new Map(given.map((item) => [item.name, item]));
  if (op === 'Delete') return old.filter(({ name }) => !names.has(name));
  const kept = old.map((item) => names.get(item.name) ?? item);
  const known = new Set(old.map(({ name }) => name));
  return [...kept, ...given.filter(({ name }) => !known.has(name))];
}
