import { type LossNews } from './loss-json.js';

const maxKept = 10_000;
/** An agent's clock may be so far from the server's, and a loss wait so long for a heartbeat. */
const MARGIN_US = 15e6;

/**
 * The losses of late in the order in which they were told, for those who come back. Their times are those at which the
 * stream took the heartbeats: every replica of the hub has the same.
 */
export class LossLog {
  #news: LossNews[] = [];
  #forgotten_us = 0;
  #cursor_us: number;

  /** @param start_us since when this hub hears of losses: those before were told by others */
  constructor(
    start_us = Date.now() * 1000,
    private readonly max = maxKept,
  ) {
    this.#cursor_us = start_us;
  }

  /** The time of the newest; no fresh loss that comes later has this time or an earlier one. */
  get cursor_us(): number {
    return this.#cursor_us;
  }

  /** @returns the time to give to the news of a heartbeat; of news that are fresh later than all before */
  timeOf(at_ms: number, fresh: boolean): number {
    const at_us = Math.floor(at_ms * 1000);
    return fresh ? Math.max(at_us, this.#cursor_us + 1) : at_us;
  }

  add(news: LossNews): void {
    this.#cursor_us = Math.max(this.#cursor_us, news.at_us);
    this.#news.push(news);
    if (this.#news.length <= this.max) return;
    const dropped = this.#news.splice(0, Math.ceil(this.max / 10));
    this.#forgotten_us = Math.max(this.#forgotten_us, ...dropped.map(({ at_us }) => at_us));
  }

  /**
   * @param cursor_us a `cursor_us` of this hub or of another
   * @returns the losses told since; when this hub heard of an agent only later, those of them that may have been told
   * before are left out by their time. Undefined: it is too long ago
   */
  after(cursor_us: number): readonly LossNews[] | undefined {
    if (cursor_us < this.#forgotten_us) return undefined;
    return this.#news.filter(
      ({ at_us, fresh, until_us }) => at_us > cursor_us && (fresh || until_us > cursor_us - MARGIN_US),
    );
  }
}
