import { type BusLog } from './log.js';

/** What keeps messages from being taken: told when it is new, then once a minute; tried again ever more slowly. */
export class Troubles {
  #sentence = '';
  #told_ms = 0;
  #inARow = 0;

  constructor(
    private readonly log: BusLog,
    private readonly messages: string,
  ) {}

  /** @returns how long to wait, in ms */
  met(error: unknown): number {
    const sentence = error instanceof Error ? error.message : String(error);
    const now_ms = performance.now();
    if (sentence !== this.#sentence || now_ms - this.#told_ms > 60_000) {
      this.log.warn(`taking ${this.messages} from the stream failed (${sentence}); trying again`);
      this.#told_ms = now_ms;
    }
    this.#sentence = sentence;
    return Math.min(15_000, 1000 * 2 ** this.#inARow++);
  }

  over(): void {
    this.#inARow = 0;
    this.#sentence = '';
  }
}
