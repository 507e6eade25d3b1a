import { type LogLevelName } from './daemon-config.js';
import { type LogFields, withoutLogFields } from './log-context.js';
import { type Log } from './logging.js';

interface Line {
  readonly level: LogLevelName;
  readonly message: string;
  readonly fields: LogFields;
}

/** Writes a line to a log, with its fields where that log takes them. */
export function writeLine(log: Log, { level, message, fields }: Line): void {
  if (log.tell) log.tell(level, message, fields);
  else log[level === 'info' ? 'log' : level](message);
}

/**
 * Keeps a message that comes again and again from filling the log: the first of its key is written at once, those
 * within `intervalMs` of it are counted, and their number is written when the interval is over.
 */
export class Repeats {
  readonly #open = new Map<string, { again: number; line: Line; timer: NodeJS.Timeout }>();

  constructor(
    private readonly log: Log,
    private readonly intervalMs = 30_000,
  ) {}

  /** @param key what counts as the same; the message of the latest is the one repeated */
  warn(key: string, message: string): void {
    this.tell(key, { level: 'warn', message, fields: {} });
  }

  /** @param key what counts as the same; the line of the latest is the one repeated @returns whether it was written now */
  tell(key: string, line: Line): boolean {
    const open = this.#open.get(key);
    if (open) {
      open.again++;
      open.line = line;
      return false;
    }
    writeLine(this.log, line);
    const timer = setTimeout(() => this.#sum(key), this.intervalMs).unref();
    this.#open.set(key, { again: 0, line, timer });
    return true;
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
    const { again, line } = open;
    if (again > 0) {
      const message = `${line.message} (${again} more in the last ${this.intervalMs / 1000} s)`;
      // Of many requests, not of the one at which the first was told.
      withoutLogFields(() => writeLine(this.log, { ...line, message, fields: { ...line.fields, again } }));
    }
  }
}
