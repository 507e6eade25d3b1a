import { randomBytes } from 'node:crypto';

const COUNTER_BITS = 24;
const COUNTER_END = 2 ** COUNTER_BITS;

/**
 * Packet ids: 40 random bits and a counter of 24. Each 16.7 million packets the random part is drawn again, so an id
 * is unique over agents and restarts without any of them knowing of the others.
 */
export class PacketIds {
  /** The two halves of the id given last */
  low = 0;
  high = 0;
  #counter = COUNTER_END;
  #base = 0;

  next(): void {
    if (this.#counter === COUNTER_END) this.#draw();
    this.low = (this.#base | this.#counter++) >>> 0;
  }

  #draw(): void {
    const random = randomBytes(5);
    this.high = random.readUInt32LE(0);
    this.#base = ((random[4] ?? 0) << COUNTER_BITS) >>> 0;
    this.#counter = 0;
  }
}
