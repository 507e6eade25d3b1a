import { type BusLog, tellEvent } from './log.js';

/**
 * Says which messages are rejected, and not each: agents that are newer than their hub send ten a second each. Of each
 * reason the first is told at once, those after it are counted and told with the next, or at the end.
 */
export class RejectedLog {
  readonly #open = new Map<string, { since_ms: number; untold: number; sentence: string }>();

  constructor(
    private readonly log: BusLog,
    private readonly interval_ms = 30_000,
  ) {}

  /** @param reason one word, as in `visor.v1.rejected` */
  rejected(reason: string, sentence: string): void {
    const now_ms = performance.now();
    const open = this.#open.get(reason);
    if (open && now_ms - open.since_ms < this.interval_ms) {
      open.untold++;
      open.sentence = sentence;
      return;
    }
    this.#tell(reason, sentence + more(open?.untold ?? 0));
    this.#open.set(reason, { since_ms: now_ms, untold: 0, sentence });
  }

  /** Tells of those that were counted only. */
  close(): void {
    for (const [reason, { untold, sentence }] of this.#open) {
      if (untold > 0) this.#tell(reason, sentence + more(untold - 1));
    }
    this.#open.clear();
  }

  #tell(reason: string, sentence: string): void {
    tellEvent(this.log, 'warn', sentence, { event: 'message_rejected', reason });
  }
}

const more = (count: number): string =>
  count === 0 ? '' : ` (and ${count} more like it; visor.v1.rejected shows each)`;
