import { type Log } from './logging.js';

/**
 * Keeps a message that comes again and again from filling the log: the first of its key is written at once, those
 * within `intervalMs` of it are counted, and their number is written when the interval is over.
 */
export class Repeats {
  readonly #open = new Map<string, { again: number; message: string; timer: NodeJS.Timeout }>();

  constructor(
    private readonly log: Log,
    private readonly intervalMs = 30_000,
  ) {}

  /** @param key what counts as the same; the message of the latest is the one repeated */
  warn(key: string, message: string): void {
    const open = this.#open.get(key);
    if (open) {
      open.again++;
      open.message = message;
      return;
    }
    this.log.warn(message);
    const timer = setTimeout(() => this.#sum(key), this.intervalMs).unref();
    this.#open.set(key, { again: 0, message, timer });
  }

  /** Writes what is still counted, and counts from nothing. */
  flush(): void {
    for (const key of [...this.#open.keys()]) this.#sum(key);
  }

  #sum(key: string): void {
    const open = this.#open.get(key);
    if (!open) return;
    clearTimeout(open.timer);
    this.#open.delete(key);
    if (open.again > 0) {
      this.log.warn(`${open.message} (${open.again} more in the last ${this.intervalMs / 1000} s)`);
    }
  }
}
