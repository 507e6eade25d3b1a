/** To which ruleset the evaluation of a base chain belongs. */
export const Phase = {
  /** To that of its epoch, */
  sure: 0,
  /** or to the one after it: it cannot be told. */
  either: 1,
  /** The next one is in force. What is left of the old one is still called after it, see `old`. */
  new: 2,
  /** The second evaluation of the same base chain: that of the old table, whose hook has not been taken off yet */
  old: 3,
} as const;
export type Phase = (typeof Phase)[keyof typeof Phase];

/**
 * What is on its way when the ruleset changes: a packet that another processor is just evaluating, whose events are
 * queued a little after the kernel's answer that tells of the change.
 */
const SETTLED_MS = 0.5;

/**
 * Which ruleset an event belongs to. The notification of a change (NFT_MSG_NEWGEN) stands in sequence with the events,
 * but the kernel sends it last: after packets have met the new ruleset for some milliseconds, in which base chains of
 * a table that was deleted or made anew are still called as well. So the kernel is asked for its number after each
 * receive. While that is the one announced, all that was received is of the announced ruleset for certain; what was
 * queued after it had gone up meets the new one first.
 */
export class Epochs {
  #announced = 0;
  #answer = 0;
  /** When the kernel first gave that answer */
  #answeredSince_ms = -Infinity;
  /** All that was queued before has been received */
  #drainedAt_ms = -Infinity;

  /** The ruleset of the events that are taken in now, */
  get epoch(): number {
    return this.phase === Phase.new ? this.#answer - 1 : this.#announced;
  }

  /** and whether they may be of the next one */
  get phase(): Phase {
    if (this.#answer <= this.#announced) return Phase.sure;
    return this.#drainedAt_ms >= this.#answeredSince_ms + SETTLED_MS ? Phase.new : Phase.either;
  }

  /** The kernel's answer to a question asked after a receive, before its events are taken in. @param now_ms monotonic */
  answered(generation: number, now_ms: number): void {
    if (generation > this.#answer) this.#answeredSince_ms = now_ms;
    this.#answer = generation;
  }

  /** A receive has left nothing in the socket, and its events have been taken in. */
  drained(now_ms: number): void {
    this.#drainedAt_ms = now_ms;
  }

  /** The kernel's word that the ruleset has changed, between the events before it and those after it */
  announced(generation: number): void {
    this.#announced = Math.max(this.#announced, generation);
  }
}
