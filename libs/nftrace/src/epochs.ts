/**
 * Which ruleset an event belongs to. The notification of a change (NFT_MSG_NEWGEN) stands in sequence with the events,
 * but the kernel sends it last: after packets have met the new ruleset for some milliseconds, in which base chains of
 * a table that was deleted or made anew are still called as well. So the kernel is asked for its number after each
 * receive. While that is the one announced, all that was received is of the announced ruleset for certain.
 */
export class Epochs {
  #announced = 0;
  #answer = 0;

  /** The generation that was announced last: the ruleset of the events that are taken in now, */
  get epoch(): number {
    return this.#announced;
  }

  /** or of the one after it: it cannot be told. */
  get unsure(): boolean {
    return this.#answer > this.#announced;
  }

  /** The kernel's answer to a question asked after a receive, before its events are taken in */
  answered(generation: number): void {
    this.#answer = generation;
  }

  /** The kernel's word that the ruleset has changed, between the events before it and those after it */
  announced(generation: number): void {
    this.#announced = Math.max(this.#announced, generation);
  }
}
