/** After so long without a hub, or without NATS, agents bring what they kept. */
const longGap_us = 20e6;
/** What they may take for that; meanwhile nothing is held for absent. */
const settleMs = 10_000;

const nowUs = (): number => Date.now() * 1000;

/** Knows for how long nobody evaluated, and whether agents still bring what they kept meanwhile. */
export class Gap {
  #settled_ms = 0;
  /** All was heard up to then; µs since 1970. Of a gap. */
  #heard_us = 0;
  #looked_us = nowUs();
  #passed_us = Infinity;
  #jumped = false;

  /** @param noted a gap of so many seconds is behind this hub */
  constructor(private readonly noted: (seconds: number) => void) {}

  /** Whether agents may still bring what is older than what came. */
  get settling(): boolean {
    return Date.now() < this.#settled_ms;
  }

  /** All that agents told up to then is known; µs since 1970 by this hub's clock. */
  get heard_us(): number {
    return this.settling ? this.#heard_us : nowUs();
  }

  /** All was heard up to `at_us`, by whichever hub. */
  resume(at_us: number): void {
    const gap_us = nowUs() - at_us;
    if (gap_us <= longGap_us) return;
    this.#heard_us = this.#passed_us = at_us;
    this.#jumped = false;
    this.#settled_ms = Date.now() + settleMs;
    this.noted(Math.round(gap_us / 1e6));
  }

  /** To be called all the time: whoever does not, as on a machine that slept, hears nothing. */
  look(): void {
    const before_us = this.#looked_us;
    this.#looked_us = nowUs();
    if (!this.settling) this.resume(before_us);
  }

  /**
   * Asked of each batch that is read again. @returns whether time may go on to when the stream took it: not where it was
   * NATS that was away, until all have brought what they have of before.
   */
  passes(time_us: number): boolean {
    if (time_us - this.#passed_us > longGap_us) this.#jumped = true;
    this.#passed_us = time_us;
    return !(this.#jumped && this.settling);
  }
}
