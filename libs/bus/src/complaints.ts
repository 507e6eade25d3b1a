import { type BusLog } from './log.js';

/** What a complaint is about; each is told at most every half minute. */
export type ComplaintKind = 'stream' | 'too_large' | 'spool' | 'rejected';

const QUIET_MS = 30_000;

/** Says what goes wrong again and again, but not each time. */
export class Complaints {
  readonly #told = new Map<ComplaintKind, number>();

  constructor(private readonly log: BusLog) {}

  tell(kind: ComplaintKind, sentence: string): void {
    const now_ms = performance.now();
    if (now_ms - (this.#told.get(kind) ?? -Infinity) < QUIET_MS) return;
    this.#told.set(kind, now_ms);
    this.log.warn(sentence);
  }

  /** @param reason one word, as in `visor.v1.rejected` */
  refused(reason: string): void {
    const what =
      reason === 'schema'
        ? 'it is older than this agent: upgrade trace-hub before its agents'
        : 'its log and visor.v1.rejected say why';
    this.tell(
      'rejected',
      `trace-hub refuses batches of this agent (${reason}), their rows are lost; ${what}`,
    );
  }
}
