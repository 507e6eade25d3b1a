import { setImmediate } from 'node:timers/promises';
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

/** What became of a message that was sent. */
export type CoreEnd =
  /** The server has read it. */
  | 'taken'
  /** The connection was lost before anybody knew. */
  | 'lost'
  /** The server did not let it pass. */
  | 'refused';

interface Sent {
  readonly subject: string;
  readonly bytes: number;
  readonly settled: ((end: CoreEnd) => void) | undefined;
}

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
  /** On the way to the server, the oldest first. */
  #sent: Sent[] = [];
  #waiting = 0;
  #flushing: Promise<void> | undefined;

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

  /**
   * Never throws and never waits.
   * @param settled is called where it is sent, when it is known what became of it
   */
  publish(subject: string, bytes: Uint8Array, settled?: (end: CoreEnd) => void): CoreOutcome {
    const { bus } = this;
    const bar = this.bar(subject);
    if (bar) return bar;
    if (bytes.length > bus.maxPayload) return 'too_large';
    if (this.#waiting + bytes.length > MAX_WAITING_BYTES) return 'slow';
    this.#waiting += bytes.length;
    this.#sent.push({ subject, bytes: bytes.length, settled });
    bus.connection.publish(subject, bytes);
    this.#flushing ??= this.#flush().finally(() => (this.#flushing = undefined));
    return 'sent';
  }

  /** Until it is known of all that was sent what became of it. */
  async settled(): Promise<void> {
    await this.#flushing;
  }

  close(): void {
    for (const leave of this.#leave) leave();
  }

  /** The server answers a ping when it has read what was sent before. */
  async #flush(): Promise<void> {
    // what is sent in this turn goes with it
    await Promise.resolve();
    while (this.#sent.length > 0 && this.bus.connected) {
      const count = this.#sent.length;
      const read = await this.bus.connection.flush().then(
        () => true,
        () => false,
      );
      // Refusals come before the answer, and the connection tells of them by turns of its own.
      if (read) await setImmediate();
      this.#settle(this.#sent.splice(0, count), read);
    }
    this.#settle(this.#sent.splice(0), false);
  }

  #settle(sent: readonly Sent[], read: boolean): void {
    for (const { subject, bytes, settled } of sent) {
      this.#waiting -= bytes;
      settled?.(this.#refused.has(subject) ? 'refused' : read ? 'taken' : 'lost');
    }
  }
}
