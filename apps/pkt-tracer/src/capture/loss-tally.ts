import { type CaptureLoss, type LossCause } from './messages.js';

/** Sums up what the capture thread loses between two reports: one loss a cause, whatever their number. */
export class LossTally {
  #losses: CaptureLoss[] = [];

  add(cause: LossCause, events: number, from_us: number, until_us: number): void {
    if (events <= 0) return;
    for (const loss of this.#losses) {
      if (loss.cause !== cause) continue;
      loss.events += events;
      loss.from_us = Math.min(loss.from_us, from_us);
      loss.until_us = Math.max(loss.until_us, until_us);
      return;
    }
    this.#losses.push({ cause, events, from_us, until_us });
  }

  /** @returns what was lost since the last call */
  take(): CaptureLoss[] {
    const losses = this.#losses;
    this.#losses = [];
    return losses;
  }
}
