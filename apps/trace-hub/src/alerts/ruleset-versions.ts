/** What is told of a table. */
export interface TableVersion {
  readonly agent: string;
  readonly netns: string;
  readonly family: string;
  readonly table: string;
  /** '' = it is gone */
  readonly version: string;
  /** µs */
  readonly at_us: number;
}

/** Tables that are remembered. */
const maxTables = 50_000;
/** An agent that nobody knows tells first, for so long, which tables it has. */
const first_us = 5e6;

const hostOf = ({ agent, netns }: TableVersion): string => JSON.stringify([agent, netns]);
const keyOf = ({ agent, netns, family, table }: TableVersion): string =>
  JSON.stringify([agent, netns, family, table]);

/** Which version each table has: an agent that starts tells all of them again, and that is no change. */
export class RulesetVersions {
  readonly #versions = new Map<string, string>();
  /** When each host was first heard of, µs. */
  readonly #hosts = new Map<string, number>();

  /** What is known before anything is told. */
  learn(known: TableVersion): void {
    const host = hostOf(known);
    this.#hosts.set(host, Math.min(known.at_us, this.#hosts.get(host) ?? Infinity));
    this.#set(known);
  }

  /** @returns whether the table has another version than before */
  take(told: TableVersion): boolean {
    const host = hostOf(told);
    const since_us = this.#hosts.get(host);
    if (since_us === undefined) this.#hosts.set(host, told.at_us);
    const before = this.#versions.get(keyOf(told));
    this.#set(told);
    if (before !== undefined) return before !== told.version;
    if (told.version === '') return false;
    return since_us !== undefined && told.at_us - since_us > first_us;
  }

  save(): readonly (readonly [string, string])[] {
    return [...this.#versions];
  }

  /** @param saved what `save` gave; what is none is left out */
  load(saved: unknown): void {
    if (!Array.isArray(saved)) return;
    for (const one of saved as unknown[]) {
      const [key, version] = Array.isArray(one) ? (one as unknown[]) : [];
      if (typeof key !== 'string' || typeof version !== 'string') continue;
      const [agent, netns] = partsOf(key);
      if (agent === undefined) continue;
      this.#versions.set(key, version);
      this.#hosts.set(JSON.stringify([agent, netns]), -Infinity);
    }
  }

  #set(table: TableVersion): void {
    const key = keyOf(table);
    this.#versions.delete(key);
    this.#versions.set(key, table.version);
    for (const oldest of this.#versions.keys()) {
      if (this.#versions.size <= maxTables) return;
      this.#versions.delete(oldest);
    }
  }
}

function partsOf(key: string): unknown[] {
  try {
    const parts: unknown = JSON.parse(key);
    return Array.isArray(parts) ? parts : [];
  } catch {
    return [];
  }
}
