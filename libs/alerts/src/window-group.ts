import { Group, type GroupOwner } from './group.js';
import { type Limit } from './rule.js';
import { SLICES, SlicedSum } from './window.js';

/** What is in the window decides. */
export abstract class WindowGroup extends Group {
  /** The newest slice. */
  protected head: number;
  /** The first one: what is below a limit holds once a whole window was seen. */
  protected first: number;

  constructor(
    owner: GroupOwner,
    values: readonly string[],
    at_us: number,
    protected readonly slice_us: number,
    protected readonly limit: Limit,
  ) {
    super(owner, values, at_us);
    this.head = this.first = Math.floor(at_us / slice_us);
  }

  /** A slice begins; the oldest is out of the window. */
  protected abstract begin(slice: number): void;
  /** Puts a row into its slice. */
  protected abstract put(slice: number, weight: number, extra: unknown): void;
  /** Whether nothing in the window can leave it any more. */
  protected abstract readonly clear: boolean;
  protected abstract readonly measure: number;

  get value(): number | null {
    return this.measure;
  }

  protected get empty(): boolean {
    return this.clear && this.limit.op === 'above';
  }

  protected holds(): boolean {
    const { limit } = this;
    if (limit.op === 'above') return this.measure > limit.value;
    return this.head - this.first >= SLICES && this.measure < limit.value;
  }

  /** Whether time alone can change nothing. */
  protected get still(): boolean {
    return this.clear && (this.limit.op === 'above' || this.head - this.first >= SLICES);
  }

  add(at_us: number, weight: number, extra?: unknown): void {
    const slice = Math.floor(at_us / this.slice_us);
    if (slice > this.head || at_us >= this.due_us) this.advance(at_us);
    else if (at_us > this.clock_us) this.clock_us = at_us;
    if (slice <= this.head - SLICES) return this.owner.late();
    this.put(slice, weight, extra);
    const holds = this.holds();
    if (holds === (this.holdsSince !== Infinity)) return;
    this.turn(holds, this.clock_us, holds ? this.owner.evidence() : null);
    this.settle(this.clock_us);
  }

  advance(to_us: number): void {
    const target = Math.floor(to_us / this.slice_us);
    while (this.head < target) {
      if (this.still) {
        this.head = target;
        break;
      }
      const boundary_us = ++this.head * this.slice_us;
      this.settle(boundary_us);
      this.begin(this.head);
      this.turn(this.holds(), boundary_us, null);
    }
    this.settle(to_us);
    if (to_us > this.clock_us) this.clock_us = to_us;
  }
}

/** Packets or bytes in the window, or how many a second. */
export class SumGroup extends WindowGroup {
  readonly #sum = new SlicedSum();

  /** @param divisor of the sum: the window's seconds of a rate */
  constructor(
    owner: GroupOwner,
    values: readonly string[],
    at_us: number,
    slice_us: number,
    limit: Limit,
    private readonly divisor: number,
  ) {
    super(owner, values, at_us, slice_us, limit);
  }

  /** Most rows change nothing but the sum. */
  override add(at_us: number, weight: number, extra?: unknown): void {
    const sum = this.#sum;
    const reached = (sum.total + weight) / this.divisor > this.limit.value;
    const same = Math.floor(at_us / this.slice_us) === this.head && at_us < this.due_us;
    if (!same || reached || this.limit.op === 'below') return super.add(at_us, weight, extra);
    if (at_us > this.clock_us) this.clock_us = at_us;
    sum.add(this.head, weight);
  }

  protected get measure(): number {
    return this.#sum.total / this.divisor;
  }
  protected get clear(): boolean {
    return this.#sum.total === 0;
  }
  protected begin(slice: number): void {
    this.#sum.begin(slice);
  }
  protected put(slice: number, weight: number): void {
    this.#sum.add(slice, weight);
  }
  protected saveState(): unknown {
    return [this.head, this.first, this.#sum.slices];
  }
  protected loadState(state: unknown): void {
    const [head, first, slices] = state as [number, number, unknown];
    this.head = head;
    this.first = first;
    this.#sum.load(slices);
  }
}

/** A part of the packets in the window. */
export class ShareGroup extends WindowGroup {
  readonly #all = new SlicedSum();
  readonly #part = new SlicedSum();

  /** @param min with fewer packets it does not hold */
  constructor(
    owner: GroupOwner,
    values: readonly string[],
    at_us: number,
    slice_us: number,
    limit: Limit,
    private readonly min: number,
  ) {
    super(owner, values, at_us, slice_us, limit);
  }

  protected get measure(): number {
    return this.#all.total === 0 ? 0 : this.#part.total / this.#all.total;
  }
  protected override holds(): boolean {
    const { limit, measure } = this;
    if (this.#all.total < this.min) return false;
    return limit.op === 'above' ? measure > limit.value : measure < limit.value;
  }
  protected get clear(): boolean {
    return this.#all.total === 0;
  }
  protected override get still(): boolean {
    return this.clear;
  }
  protected override get empty(): boolean {
    return this.clear;
  }
  protected begin(slice: number): void {
    this.#all.begin(slice);
    this.#part.begin(slice);
  }
  /** @param extra whether it is of the part */
  protected put(slice: number, weight: number, extra: unknown): void {
    this.#all.add(slice, weight);
    if (extra === true) this.#part.add(slice, weight);
  }
  protected saveState(): unknown {
    return [this.head, this.first, this.#all.slices, this.#part.slices];
  }
  protected loadState(state: unknown): void {
    const [head, first, all, part] = state as [number, number, unknown, unknown];
    this.head = head;
    this.first = first;
    this.#all.load(all);
    this.#part.load(part);
  }
}
