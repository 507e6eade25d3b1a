import { type MessageSource, type Received, type ReceivedMessages } from '#netlink';
import { type OverrunRecord, type RecordedTime, type ReceiveRecord } from '#recording';
import { type ReplayClock } from './replay-clock.js';

/** What the socket has next, and when: what was received, the word of an overrun, or nothing until then. */
export type ReplayStep = ReceiveRecord | OverrunRecord | { kind: 'wait'; at: RecordedTime };

/**
 * After so many empty receives in a row nothing is open any more in who receives (a minute's linger at 5 ms each is
 * 12,000), so a longer gap is left out.
 */
const MOST_EMPTY = 16_384;

const emptyRing: ReceivedMessages = {
  bytes: new Uint8Array(0),
  slots: 1,
  received: 0,
  start: () => 0,
  end: () => 0,
  truncated: () => false,
};

/**
 * The trace socket of a recording. A receive takes recorded time: as long as it may wait and nothing comes, its clock
 * goes on, so that who receives closes and delivers at the same moments, however fast it is replayed.
 */
export class ReplaySource implements MessageSource {
  #ring = emptyRing;
  #step: ReplayStep | undefined;
  #empty = 0;
  /** Whether the socket may hold more: then no receive comes back with nothing */
  #undrained = false;
  /** What `drops` says */
  total = 0;

  constructor(private readonly clock: ReplayClock) {}

  get ring(): ReceivedMessages {
    return this.#ring;
  }

  /** Whether the step is still to come */
  get pending(): boolean {
    return this.#step !== undefined;
  }

  /** Sets what comes next. */
  next(step: ReplayStep): void {
    // who has not emptied the socket does not wait
    if (step.kind !== 'wait' || !this.#undrained) this.#step = step;
  }

  receive(timeout_ms: number): Received {
    this.#ring = emptyRing;
    const step = this.#step;
    if (!step) return 'nothing';
    const until_ms = this.clock.until_ms(step.at);
    if (until_ms > timeout_ms && !this.#undrained && ++this.#empty < MOST_EMPTY) {
      this.clock.advance(timeout_ms);
      return 'nothing';
    }
    this.clock.set(step.at);
    this.#step = undefined;
    this.#empty = 0;
    return this.#give(step);
  }

  drops(): number {
    return this.total;
  }

  #give(step: ReplayStep): Received {
    this.#undrained = step.kind === 'overrun' || (step.kind === 'receive' && step.more);
    if (step.kind === 'overrun') return 'overrun';
    if (step.kind === 'wait') return 'nothing';
    this.#ring = ringOf(step);
    return step.starts.length > 0 ? 'messages' : 'nothing';
  }
}

/** The notifications of ruleset changes: what was recorded of them is there at once. */
export class ReplayChanges implements MessageSource {
  #ring = emptyRing;
  readonly #steps: (ReceiveRecord | OverrunRecord)[] = [];

  get ring(): ReceivedMessages {
    return this.#ring;
  }

  add(step: ReceiveRecord | OverrunRecord): void {
    this.#steps.push(step);
  }

  receive(): Received {
    const step = this.#steps.shift();
    this.#ring = step?.kind === 'receive' ? ringOf(step) : emptyRing;
    if (!step) return 'nothing';
    return step.kind === 'overrun' ? 'overrun' : 'messages';
  }

  drops(): number {
    return 0;
  }
}

function ringOf({ bytes, starts, ends, truncated, more }: ReceiveRecord): ReceivedMessages {
  return {
    bytes,
    slots: more ? starts.length : starts.length + 1,
    received: starts.length,
    start: (slot) => starts[slot] ?? 0,
    end: (slot) => ends[slot] ?? 0,
    truncated: (slot) => truncated[slot] ?? false,
  };
}
