import { Group, type GroupOwner } from './group.js';

/** Each row is an occurrence of its own. */
export class EveryGroup extends Group {
  get value(): number | null {
    return null;
  }
  protected get empty(): boolean {
    return true;
  }
  add(at_us: number, _weight: number, _extra?: unknown): void {
    const time = this.timeOf(at_us);
    this.advance(time);
    this.pulse(time);
  }
  advance(to_us: number): void {
    this.settle(to_us);
    if (to_us > this.clock_us) this.clock_us = to_us;
  }
  protected saveState(): unknown {
    return null;
  }
  protected loadState(_state: unknown): void {}
}

/** What the rows of a group before tell about one. */
abstract class MemoryGroup extends EveryGroup {
  protected last_us = -Infinity;

  constructor(
    owner: GroupOwner,
    values: readonly string[],
    at_us: number,
    protected readonly window_us: number,
  ) {
    super(owner, values, at_us);
  }

  protected override get empty(): boolean {
    return this.last_us + this.window_us < this.clock_us;
  }
  protected override saveState(): unknown {
    return this.last_us === -Infinity ? null : this.last_us;
  }
  protected override loadState(state: unknown): void {
    this.last_us = state === null ? -Infinity : Number(state);
  }
}

/** A row, and another one before it. */
export class AfterGroup extends MemoryGroup {
  /** @param extra 1: the row is the one before; 2: it is the one after; 3: both */
  override add(at_us: number, weight: number, extra: unknown): void {
    const roles = extra as number;
    if (roles & 2 && at_us - this.last_us <= this.window_us && at_us >= this.last_us)
      super.add(at_us, weight);
    else this.advance(this.timeOf(at_us));
    if (roles & 1 && at_us > this.last_us) this.last_us = at_us;
  }
}

/** Values that were not seen for long. */
export class NewGroup extends MemoryGroup {
  override add(at_us: number, weight: number): void {
    const known = at_us - this.owner.knownSince_us >= this.window_us;
    const isNew = known && at_us - this.last_us >= this.window_us;
    if (at_us > this.last_us) this.last_us = at_us;
    if (isNew) super.add(at_us, weight);
    else this.advance(this.timeOf(at_us));
  }

  /** It was seen then, as history tells. */
  learn(at_us: number): void {
    if (at_us > this.last_us) this.last_us = at_us;
  }
}

/** No row for a whole window. Its value is the silence in seconds. */
export class AbsentGroup extends Group {
  #last_us: number;
  #excused = false;

  constructor(
    owner: GroupOwner,
    values: readonly string[],
    at_us: number,
    private readonly window_us: number,
  ) {
    super(owner, values, at_us);
    this.#last_us = at_us;
  }

  get value(): number | null {
    return Math.round(Math.max(0, this.clock_us - this.#last_us) / 1e6);
  }
  /** Who is not known cannot be absent. */
  protected get empty(): boolean {
    return false;
  }

  add(at_us: number, _weight: number): void {
    const time = this.timeOf(at_us);
    if (!this.#excused || this.alert) this.advance(time);
    this.#excused = false;
    this.clock_us = time;
    if (at_us > this.#last_us) this.#last_us = at_us;
    if (time - this.#last_us >= this.window_us) return;
    this.turn(false, time, null);
    this.settle(time);
  }

  override excuse(): void {
    this.#excused = true;
  }

  advance(to_us: number): void {
    const silent_us = this.#last_us + this.window_us;
    if (this.holdsSince === Infinity && silent_us <= to_us) {
      this.#settleAt(silent_us);
      this.clock_us = Math.max(this.clock_us, silent_us);
      this.turn(true, silent_us, null);
    }
    this.#settleAt(to_us);
    if (to_us > this.clock_us) this.clock_us = to_us;
  }

  /** What is due is told with the silence that there was then, whenever somebody looks. */
  #settleAt(to_us: number): void {
    if (this.due_us <= to_us) this.clock_us = Math.max(this.clock_us, this.due_us);
    this.settle(to_us);
  }

  protected saveState(): unknown {
    return this.#last_us;
  }
  protected loadState(state: unknown): void {
    this.#last_us = Number(state);
  }
}
