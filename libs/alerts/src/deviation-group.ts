import { type GroupOwner } from './group.js';
import { SLICES, SlicedSum } from './window.js';
import { WindowGroup } from './window-group.js';

export const HOUR_US = 3_600_000_000;
const DAY_US = 24 * HOUR_US;
/** The hour that is compared with, and the ones from it to now. */
const HOURS_KEPT = 25;

/** The window compared with what the same hour of the day before had on average. Its value is how many times that. */
export class DeviationGroup extends WindowGroup {
  readonly #sum = new SlicedSum();
  /** What each hour had, by its number since 1970. */
  #hours = new Map<number, number>();
  readonly #windowsInHour: number;

  /** @param min packets in the window, or as many as were to be expected, without which it does not hold */
  constructor(
    owner: GroupOwner,
    values: readonly string[],
    at_us: number,
    slice_us: number,
    factor: number,
    private readonly min: number,
  ) {
    super(owner, values, at_us, slice_us, { op: factor > 1 ? 'above' : 'below', value: factor });
    this.#windowsInHour = HOUR_US / (slice_us * (SLICES - 1));
  }

  /** Rows of an hour that came before those that it has seen. */
  learn(hour_us: number, sum: number): void {
    const hour = Math.floor(hour_us / HOUR_US);
    this.#hours.set(hour, (this.#hours.get(hour) ?? 0) + sum);
  }

  /** What the window would have had a day before; undefined where nobody knows. */
  get #expected(): number | undefined {
    const hour = Math.floor((this.head * this.slice_us - DAY_US) / HOUR_US);
    if (hour * HOUR_US < this.owner.knownSince_us) return undefined;
    return (this.#hours.get(hour) ?? 0) / this.#windowsInHour;
  }

  protected get measure(): number {
    // One packet in the hour stands for none: nothing is so many times nothing.
    return this.#sum.total / Math.max(this.#expected ?? 0, 1 / this.#windowsInHour);
  }
  protected override holds(): boolean {
    const expected = this.#expected;
    if (expected === undefined) return false;
    const enough = (this.limit.op === 'above' ? this.#sum.total : expected) >= this.min;
    return enough && super.holds();
  }
  protected get clear(): boolean {
    return this.#sum.total === 0;
  }
  protected override get still(): boolean {
    return this.clear && this.limit.op === 'above';
  }
  protected override get empty(): boolean {
    this.#forget();
    return this.clear && this.#hours.size === 0;
  }

  protected begin(slice: number): void {
    this.#sum.begin(slice);
  }
  protected put(slice: number, weight: number): void {
    this.#sum.add(slice, weight);
    const hour = Math.floor((slice * this.slice_us) / HOUR_US);
    const before = this.#hours.get(hour);
    if (before === undefined) this.#forget();
    this.#hours.set(hour, (before ?? 0) + weight);
  }

  #forget(): void {
    const oldest = Math.floor((this.head * this.slice_us) / HOUR_US) - HOURS_KEPT;
    for (const hour of this.#hours.keys()) if (hour < oldest) this.#hours.delete(hour);
  }

  protected saveState(): unknown {
    return [this.head, this.first, this.#sum.slices, [...this.#hours]];
  }
  protected loadState(state: unknown): void {
    const [head, first, sum, hours] = state as [number, number, unknown, [number, number][]];
    this.head = head;
    this.first = first;
    this.#sum.load(sum);
    this.#hours = new Map(hours);
  }
}
