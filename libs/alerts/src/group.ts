import { type AlertTransition } from './transition.js';

/** What a group needs of its rule. */
export interface GroupOwner {
  readonly for_us: number;
  readonly coolDown_us: number;
  readonly resolveAfter_us: number;
  /** Since when it is known what its groups had. */
  readonly knownSince_us: number;
  /** @returns the transition, made and handed on */
  fire(group: Group, at_us: number): AlertTransition;
  resolve(group: Group, firing: AlertTransition, at_us: number): void;
  /** @returns the packet of the row that is being added; null where it is none */
  evidence(): string | null;
  suppressed(): void;
  late(): void;
}

/** Nothing is due. */
export const NEVER = Infinity;

/** A group's state as JSON; times in µs, null = never. */
export interface GroupState {
  /** Values of the group columns. */
  readonly v: readonly string[];
  /** Evaluated up to there. */
  readonly c: number;
  /** The condition holds since. */
  readonly h: number | null;
  /** Of a firing alert: the condition is false since. */
  readonly f: number | null;
  /** Cools down until. */
  readonly q: number;
  readonly p: string | null;
  readonly a: AlertTransition | null;
  /** Of its condition. */
  readonly s: unknown;
}

/**
 * One group of a rule: when its condition holds and what follows from that. Everything happens at times that the rows
 * give: at a row's, or at a time that a row made due. So it does not matter when somebody looks.
 */
export abstract class Group {
  clock_us: number;
  /** Its rule has forgotten it. */
  gone = false;
  alert: AlertTransition | undefined;
  packetId: string | null = null;
  /** The next time at which it fires or resolves if nothing else happens. */
  due_us = NEVER;
  holdsSince = NEVER;
  coolUntil = 0;
  #falseSince = NEVER;

  constructor(
    protected readonly owner: GroupOwner,
    readonly values: readonly string[],
    at_us: number,
  ) {
    this.clock_us = at_us;
  }

  /** What is compared with the threshold. */
  abstract readonly value: number | null;
  /** Whether it has nothing that the next row would need to know. */
  protected abstract readonly empty: boolean;
  /** Evaluates up to a time. */
  abstract advance(to_us: number): void;
  /** A row of the group. @param weight packets or bytes @param part of a share: whether it is of the part */
  abstract add(at_us: number, weight: number, extra?: unknown): void;
  protected abstract saveState(): unknown;
  protected abstract loadState(state: unknown): void;

  /** It may have had rows of which nobody knows, up to the next one. */
  excuse(): void {}

  get forgettable(): boolean {
    return !this.alert && this.holdsSince === NEVER && this.coolUntil <= this.clock_us && this.empty;
  }

  /** @returns a row's time; what came late counts as of now */
  protected timeOf(at_us: number): number {
    return at_us > this.clock_us ? at_us : this.clock_us;
  }

  /** The condition begins or ends to hold. */
  protected turn(holds: boolean, at_us: number, packetId: string | null): void {
    if (holds === (this.holdsSince !== NEVER)) return;
    if (holds) {
      this.holdsSince = at_us;
      this.#falseSince = NEVER;
      if (!this.alert) this.packetId = packetId;
    } else {
      if (this.alert) this.#falseSince = at_us;
      else if (this.coolUntil > at_us && this.holdsSince + this.owner.for_us <= at_us)
        this.owner.suppressed();
      this.holdsSince = NEVER;
    }
    this.#plan();
  }

  /** The condition held for an instant: it fires, or keeps firing. */
  protected pulse(at_us: number): void {
    if (!this.alert) {
      if (at_us < this.coolUntil) return this.owner.suppressed();
      this.holdsSince = at_us;
      this.packetId = this.owner.evidence();
      this.#fire(at_us);
      this.holdsSince = NEVER;
    }
    this.#falseSince = at_us;
    this.#plan();
    this.settle(at_us);
  }

  /** Fires or resolves what is due. */
  protected settle(to_us: number): void {
    if (this.due_us > to_us) return;
    const at_us = this.due_us;
    if (this.alert) this.#resolve(this.alert, at_us);
    else this.#fire(at_us);
    this.#plan();
  }

  /** The rule is gone. */
  end(at_us: number): void {
    if (this.alert) this.#resolve(this.alert, at_us);
  }

  save(): GroupState {
    return {
      v: this.values,
      c: this.clock_us,
      h: orNull(this.holdsSince),
      f: orNull(this.#falseSince),
      q: this.coolUntil,
      p: this.packetId,
      a: this.alert ?? null,
      s: this.saveState(),
    };
  }

  load(state: GroupState): void {
    this.clock_us = state.c;
    this.holdsSince = state.h ?? NEVER;
    this.#falseSince = state.f ?? NEVER;
    this.coolUntil = state.q;
    this.packetId = state.p;
    this.alert = state.a ?? undefined;
    this.loadState(state.s);
    this.#plan();
  }

  /** Its rule's times are others now. */
  replan(): void {
    this.#plan();
  }

  #plan(): void {
    const { owner } = this;
    if (this.alert) this.due_us = this.#falseSince + owner.resolveAfter_us;
    else this.due_us = Math.max(this.holdsSince + owner.for_us, this.coolUntil);
  }

  #fire(at_us: number): void {
    this.alert = this.owner.fire(this, at_us);
  }

  #resolve(alert: AlertTransition, at_us: number): void {
    this.owner.resolve(this, alert, at_us);
    this.alert = undefined;
    this.#falseSince = NEVER;
    this.coolUntil = at_us + this.owner.coolDown_us;
  }
}

const orNull = (time: number): number | null => (time === NEVER ? null : time);
