import { NONE, type Packets } from './packets.js';
import { type RuleIndex } from './rule-index.js';

/** Closed packets on their way to a batch, first closed first. */
export class ClosedQueue {
  readonly #ring: Int32Array;
  #head = 0;
  #count = 0;
  #waitsSince_ms = -1;

  constructor(
    private readonly packets: Packets,
    private readonly rules: RuleIndex,
    private readonly maxRulesetWait_ms: number,
  ) {
    this.#ring = new Int32Array(packets.capacity);
  }

  get length(): number {
    return this.#count;
  }

  /** The packet that has waited the longest, NONE when there is none */
  get first(): number {
    return this.#count > 0 ? (this.#ring[this.#head] ?? NONE) : NONE;
  }

  add(packet: number): void {
    this.#ring[(this.#head + this.#count) % this.#ring.length] = packet;
    this.#count++;
  }

  shift(): void {
    this.#head = (this.#head + 1) % this.#ring.length;
    this.#count--;
  }

  /**
   * A rule's text is read from a listing made after the event; while that is under way, its packet waits a while.
   * @param crowded whether there is no room to wait
   */
  mustWait(packet: number, now_ms: number, crowded: boolean): boolean {
    if ((this.packets.epoch[packet] ?? 0) <= this.rules.epoch) {
      this.#waitsSince_ms = -1;
      return false;
    }
    if (this.#waitsSince_ms < 0) this.#waitsSince_ms = now_ms;
    return !crowded && now_ms - this.#waitsSince_ms < this.maxRulesetWait_ms;
  }
}
