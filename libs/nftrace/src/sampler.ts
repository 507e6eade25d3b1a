/** The rate is found anew this often */
const WINDOW_MS = 100;
const MAX_RATE = 2 ** 20;
/** Part of the limit that the sampled packets have however many drops there are: a sample of nothing tells nothing */
const LEAST_ROOM = 0.5;

/**
 * Keeps about `limit` packets a second: each is kept or left out by a hash of its id at a rate of 1 in 1, 2, 4, …,
 * which is fixed before the packet is looked at. So a packet kept at rate n stands for n, and sums of it are unbiased.
 * The rate doubles each time as much as a window may hold has been kept, so that a flood gets through with no more than
 * the logarithm of its excess while it is measured, and comes down with the next windows.
 */
export class Sampler {
  /** 1 in `#rate` packets is kept */
  #rate = 1;
  #windowEnds_ms = -Infinity;
  #windowBegan_ms = 0;
  #seen = 0;
  #kept = 0;
  #taken = 0;
  /** Packets that a window may keep */
  #room = 0;
  #doubleAt = Infinity;

  /** @param limit packets a second; 0 = all. It is asked once a window. */
  constructor(private readonly limit: () => number) {}

  /** @param low @param high halves of the packet's id @returns the rate at which it is kept, 0 when it is left out */
  keep(low: number, high: number, now_ms: number): number {
    if (now_ms >= this.#windowEnds_ms) this.#startWindow(now_ms);
    if (this.#doubleAt === Infinity) return 1;
    this.#seen++;
    const rate = this.#rate;
    if (rate > 1 && (mix(low ^ Math.imul(high, 0x9e3779b1)) & (rate - 1)) !== 0) return 0;
    this.#count();
    return rate;
  }

  /** Counts a packet that is kept whatever the rate: the next window has that much less room for the others. */
  take(now_ms: number): void {
    if (now_ms >= this.#windowEnds_ms) this.#startWindow(now_ms);
    this.#taken++;
  }

  #count(): void {
    if (++this.#kept < this.#doubleAt || this.#rate >= MAX_RATE) return;
    this.#rate *= 2;
    this.#doubleAt += this.#room;
  }

  #startWindow(now_ms: number): void {
    const limit = this.limit();
    const seconds = Math.max(now_ms - this.#windowBegan_ms, WINDOW_MS) / 1000;
    const room = Math.max(limit - this.#taken / seconds, limit * LEAST_ROOM);
    if (limit <= 0) this.#rate = 1;
    else if (this.#rate > 1) this.#rate = this.#nextRate(this.#seen / seconds / room);
    this.#windowBegan_ms = now_ms;
    this.#windowEnds_ms = now_ms + WINDOW_MS;
    this.#seen = this.#kept = this.#taken = 0;
    this.#room = Math.max(1, (room * WINDOW_MS) / 1000);
    this.#doubleAt = limit > 0 ? this.#room : Infinity;
  }

  /** @param excess how many times too many were seen @returns the rate for that; it comes down by a half at most */
  #nextRate(excess: number): number {
    const needed = 2 ** Math.ceil(Math.log2(Math.max(1, excess)));
    return Math.min(MAX_RATE, Math.max(needed, this.#rate / 2));
  }
}

/** Spreads the bits of a counter (the finalizer of MurmurHash3, public domain). */
function mix(value: number): number {
  let h = value ^ (value >>> 16);
  h = Math.imul(h, 0x85ebca6b);
  h ^= h >>> 13;
  h = Math.imul(h, 0xc2b2ae35);
  return (h ^ (h >>> 16)) >>> 0;
}
