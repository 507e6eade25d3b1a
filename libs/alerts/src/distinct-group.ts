import { type GroupOwner } from './group.js';
import { type Limit } from './rule.js';
import { SLICES, SlicedSum } from './window.js';
import { WindowGroup } from './window-group.js';

/** Different values in the window. So many are kept that the limit can be told; the value is no higher than that. */
export class DistinctGroup extends WindowGroup {
  /** The newest slice of each value; those of old come first. */
  #seen = new Map<string, number>();
  /** Values by the newest slice that has them. */
  readonly #live = new SlicedSum();
  readonly #most: number;

  constructor(owner: GroupOwner, values: readonly string[], at_us: number, slice_us: number, limit: Limit) {
    super(owner, values, at_us, slice_us, limit);
    this.#most = Math.ceil(2 * limit.value) + 64;
  }

  protected get measure(): number {
    return this.#live.total;
  }
  protected get clear(): boolean {
    return this.#live.total === 0;
  }

  protected begin(slice: number): void {
    this.#live.begin(slice);
    if (this.#live.total === 0 && this.#seen.size > 0) this.#seen = new Map();
  }

  /** @param extra the value's text */
  protected put(slice: number, _weight: number, extra: unknown): void {
    const text = extra as string;
    const before = this.#seen.get(text);
    if (before !== undefined) {
      if (before >= slice) return;
      this.#seen.delete(text);
      if (before > this.head - SLICES) this.#live.add(before, -1);
    } else if (this.#seen.size >= this.#most) this.#dropOldest();
    this.#seen.set(text, slice);
    this.#live.add(slice, 1);
  }

  #dropOldest(): void {
    const oldest = this.#seen.entries().next().value;
    if (!oldest) return;
    const [text, slice] = oldest;
    this.#seen.delete(text);
    if (slice > this.head - SLICES) this.#live.add(slice, -1);
  }

  protected saveState(): unknown {
    const seen = [...this.#seen].filter(([, slice]) => slice > this.head - SLICES);
    return [this.head, this.first, seen];
  }

  protected loadState(state: unknown): void {
    const [head, first, seen] = state as [number, number, [string, number][]];
    this.head = head;
    this.first = first;
    this.#seen = new Map(seen);
    for (const [, slice] of seen) this.#live.add(slice, 1);
  }
}
