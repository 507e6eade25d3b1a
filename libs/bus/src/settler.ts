import { type Bus } from './bus.js';
import { RejectBatch, RetryLater } from './delivery.js';
import { type BusLog, tellEvent } from './log.js';
import { type PullMessage } from './pull-message.js';
import { publishRejected } from './rejected.js';
import { RejectedLog } from './rejected-log.js';

/** How a delivery was settled; `error` is one that the handler should not have thrown: delivered again, too. */
export type Settlement = 'stored' | 'retry' | 'rejected' | 'error';

export interface SettlerOptions {
  readonly log: BusLog;
  /** How long a message waits that failed for no known reason, in ms; default 5000. */
  readonly errorDelayMs?: number;
  /** Called after each settlement. @param reason of a rejection, else '' */
  readonly onSettled?: (settlement: Settlement, reason: string) => void;
}

/**
 * nats-server 2.9 loses sight of a message, for the length of ack_wait, that is to come again just when a pull's time is over.
 * Where messages are handled one by one pulls follow each other from the failure on.
 *
 * @returns a time away from their ends, at most half a pull later
 */
export function betweenPulls(delay_ms: number, pull_ms: number): number {
  const rest = delay_ms % pull_ms;
  const isNear = rest > 0.75 * pull_ms || (rest < 0.25 * pull_ms && delay_ms >= pull_ms);
  return isNear ? delay_ms + pull_ms / 2 : delay_ms;
}

/** Tells the server, the log and whoever counts what became of a delivery. */
export class Settler {
  readonly #rejected: RejectedLog;

  /** @param pull_ms how long a pull waits for messages */
  constructor(
    private readonly options: SettlerOptions,
    private readonly pull_ms: number,
  ) {
    this.#rejected = new RejectedLog(options.log);
  }

  /** Tells of rejections that were counted only. */
  close(): void {
    this.#rejected.close();
  }

  stored(message: PullMessage): void {
    message.ack();
    this.options.onSettled?.('stored', '');
  }

  /** @param error what the handler has thrown */
  failed(bus: Bus, message: PullMessage, error: unknown): void {
    try {
      this.#settle(bus, message, error);
    } catch (cause) {
      // as where the connection was closed: what is not settled comes again
      const why = cause instanceof Error ? cause.message : String(cause);
      this.options.log.warn(`message ${message.seq} of ${message.subject} cannot be settled: ${why}`);
    }
  }

  #settle(bus: Bus, message: PullMessage, error: unknown): void {
    if (error instanceof RejectBatch) {
      publishRejected(bus, message, error);
      // No reason given along: nats-server before 2.11 would ignore the whole settlement.
      message.term();
      this.#rejected.rejected(
        error.reason,
        `rejected message ${message.seq} of ${message.subject}: ${error.message}`,
      );
      this.options.onSettled?.('rejected', error.reason);
    } else if (error instanceof RetryLater) {
      message.nak(betweenPulls(error.delayMs, this.pull_ms));
      this.options.onSettled?.('retry', '');
    } else {
      message.nak(betweenPulls(this.options.errorDelayMs ?? 5000, this.pull_ms));
      const why = error instanceof Error ? (error.stack ?? error.message) : JSON.stringify(error);
      const sentence = `handling message ${message.seq} of ${message.subject} failed, it comes again: ${why}`;
      const { subject, seq: sequence } = message;
      tellEvent(this.options.log, 'error', sentence, { event: 'message_failed', subject, sequence });
      this.options.onSettled?.('error', '');
    }
  }
}
