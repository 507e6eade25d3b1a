import { type MessageSource, type Received, type ReceivedMessages } from '../source.js';

const SLOTS = 256;

/** What one receive of the script gives: messages, an overrun, the gap that it left, or nothing. */
export type Step = readonly Uint8Array[] | { overrun: number } | 'gap' | 'nothing';

/** A source whose receives are written beforehand; after the last there is nothing any more. */
export class ScriptedSource implements MessageSource {
  readonly #steps: Step[] = [];
  #messages: readonly Uint8Array[] = [];
  #drops = 0;
  /** The timeouts that were asked for */
  readonly timeouts_ms: number[] = [];

  constructor(...steps: Step[]) {
    this.#steps = steps;
  }

  add(...steps: Step[]): void {
    this.#steps.push(...steps);
  }

  get ring(): ReceivedMessages {
    const messages = this.#messages;
    const starts = messages.map((_, i) => messages.slice(0, i).reduce((sum, m) => sum + m.length, 0));
    return {
      bytes: Buffer.concat(messages),
      slots: SLOTS,
      received: messages.length,
      start: (slot) => starts[slot] ?? 0,
      end: (slot) => (starts[slot] ?? 0) + (messages[slot]?.length ?? 0),
      truncated: () => false,
    };
  }

  receive(timeout_ms: number): Received {
    this.timeouts_ms.push(timeout_ms);
    const step = this.#steps.shift() ?? 'nothing';
    this.#messages = [];
    if (step === 'nothing' || step === 'gap') return step;
    if ('overrun' in step) {
      this.#drops += step.overrun;
      return 'overrun';
    }
    this.#messages = step;
    return 'messages';
  }

  drops(): number {
    return this.#drops;
  }
}
