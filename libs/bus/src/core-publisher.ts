import { type Bus } from './bus.js';

/** What became of a message that nobody acknowledges. */
export type CoreOutcome = 'sent' | CoreBar;

/** Why a message was not sent. */
export type CoreBar =
  /** There is no connection. */
  | 'away'
  /** The server takes less than is sent. */
  | 'slow'
  /** The login may not publish there. */
  | 'refused'
  /** It has more bytes than the server takes. */
  | 'too_large';

/** Most that is on the way to the server. */
const MAX_WAITING_BYTES = 4 * 2 ** 20;
/** Subjects that are remembered as refused; beyond them some are tried again. */
const MAX_REFUSED = 10_000;

/**
 * Publishes what is for whoever listens now: nothing waits, nothing is sent again. What lies between here and the server
 * is bounded, and a subject that NATS refuses is not tried again before the next connection.
 */
export class CorePublisher {
  readonly #refused = new Set<string>();
  readonly #leave: readonly (() => void)[];
  #waiting = 0;
  #flushing = false;

  /**
   * @param below what its subjects begin with; refusals of these are told to `refused` and to nobody else
   */
  constructor(
    private readonly bus: Bus,
    below: string,
    refused: (subject: string) => void,
  ) {
    const refusal = (subject: string): boolean => {
      if (!subject.startsWith(below)) return false;
      if (this.#refused.size < MAX_REFUSED) this.#refused.add(subject);
      refused(subject);
      return true;
    };
    this.#leave = [
      bus.onRefused(({ operation, subject }) => operation === 'publish' && refusal(subject)),
      // A server that was given other permissions makes its clients come again.
      bus.onReconnected(() => this.#refused.clear()),
    ];
  }

  /** @returns why nothing can be published there now; undefined = as far as is known it can */
  bar(subject: string): CoreBar | undefined {
    const { bus } = this;
    if (!bus.connected || bus.connection.isDraining()) return 'away';
    return this.#refused.has(subject) ? 'refused' : undefined;
  }

  /** Never throws and never waits. */
  publish(subject: string, bytes: Uint8Array): CoreOutcome {
    const { bus } = this;
    const bar = this.bar(subject);
    if (bar) return bar;
    if (bytes.length > bus.maxPayload) return 'too_large';
    if (this.#waiting + bytes.length > MAX_WAITING_BYTES) return 'slow';
    this.#waiting += bytes.length;
    bus.connection.publish(subject, bytes);
    if (!this.#flushing) void this.#flush();
    return 'sent';
  }

  close(): void {
    for (const leave of this.#leave) leave();
  }

  /** The server answers a ping when it has read what was sent before. */
  async #flush(): Promise<void> {
    this.#flushing = true;
    // what is sent in this turn goes with it
    await Promise.resolve();
    while (this.#waiting > 0 && this.bus.connected) {
      const bytes = this.#waiting;
      await this.bus.connection.flush().catch(() => undefined);
      this.#waiting -= bytes;
    }
    // what a lost connection left goes out with the next one
    this.#waiting = 0;
    this.#flushing = false;
  }
}
