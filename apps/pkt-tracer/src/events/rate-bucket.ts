/** Of a second's worth so much is kept for places that have had little. */
const RESERVED = 0.1;

/** A rate a second that may be had in one go after a second of nothing. */
export class RateBucket {
  #tokens: number;
  #at_ms: number;

  /** @param rate 0 = no limit @param now_ms of a clock that only goes forward */
  constructor(
    private readonly rate: number,
    now_ms: number,
  ) {
    this.#tokens = rate;
    this.#at_ms = now_ms;
  }

  /** @returns how many there may be now */
  room(now_ms: number): number {
    if (this.rate === 0) return Infinity;
    this.#tokens = Math.min(this.rate, this.#tokens + ((now_ms - this.#at_ms) / 1000) * this.rate);
    this.#at_ms = now_ms;
    return Math.floor(this.#tokens);
  }

  /** How many of these are kept for places that have had little. */
  get reserved(): number {
    return Math.floor(this.rate * RESERVED);
  }

  /** There were so many, at most `room`. */
  take(count: number): void {
    this.#tokens -= count;
  }
}
