import { type MessageSource, type Received, type ReceivedMessages } from '#netlink';

const GAP = 64;

/** Messages in one buffer with poison before, between and behind them: who reads past a message reads poison. */
export function poisonedRing(
  messages: readonly Uint8Array[],
  poison: number,
  truncated: readonly boolean[] = [],
): ReceivedMessages {
  const starts: number[] = [];
  let size = GAP;
  for (const message of messages) {
    starts.push(size);
    size += message.length + GAP;
  }
  const bytes = Buffer.alloc(size, poison);
  for (const [i, message] of messages.entries()) bytes.set(message, starts[i]);
  return {
    bytes,
    slots: 256,
    received: messages.length,
    start: (slot) => starts[slot] ?? 0,
    end: (slot) => (starts[slot] ?? 0) + (messages[slot]?.length ?? 0),
    truncated: (slot) => truncated[slot] ?? false,
  };
}

const empty = poisonedRing([], 0);

/** One receive of a fuzzed socket. */
export type FuzzStep = { messages: Uint8Array[]; truncated: boolean[] } | 'overrun' | 'nothing';

/** A socket that gives the steps in a poison of its own. */
export class PoisonedSource implements MessageSource {
  ring: ReceivedMessages = empty;
  #drops = 0;

  constructor(
    private readonly steps: readonly FuzzStep[],
    private readonly poison: number,
    private at = 0,
  ) {}

  receive(): Received {
    const step = this.steps[this.at++] ?? 'nothing';
    this.ring = empty;
    if (step === 'overrun') this.#drops += 3;
    if (typeof step === 'string') return step;
    this.ring = poisonedRing(step.messages, this.poison, step.truncated);
    return 'messages';
  }

  drops(): number {
    return this.#drops;
  }
}
