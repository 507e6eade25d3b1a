/** A delivery, or where a consumer was: the stream's number of the newest message, and the consumer's number of the delivery. */
export interface DeliveryPlace {
  readonly seq: number;
  readonly delivery: number;
}

/**
 * Counts what a stream dropped before its consumer had delivered it: the stream's numbers have gone on by more than there were
 * deliveries. Exact for one hub; where others have messages delivered again as well, no more than were dropped.
 */
export class GoneCount {
  #last: DeliveryPlace | undefined;
  /** Deliveries since then of what had been delivered before. */
  #again = 0;

  /** Where the consumer was before the first delivery that is seen. */
  begin(place: DeliveryPlace): void {
    this.#last ??= place;
  }

  /** @param isFirst whether the message was not delivered before @returns how many between it and the one before are gone */
  take({ seq, delivery }: DeliveryPlace, isFirst: boolean): number {
    const { seq: before, delivery: number } = this.#last ?? { seq, delivery };
    // Made anew, or it has lost its last deliveries.
    const anew = delivery <= number || (isFirst && seq <= before);
    if (!isFirst && !anew) {
      this.#again++;
      return 0;
    }
    const gone = anew ? 0 : seq - before - 1 - (delivery - number - 1 - this.#again);
    this.#last = { seq, delivery };
    this.#again = 0;
    return Math.max(0, gone);
  }
}
