import { type BigIntStats, type FSWatcher, watch } from 'node:fs';
import { stat } from 'node:fs/promises';
import { dirname } from 'node:path';

export interface WatchTimes {
  /** Between two looks at the file where nothing tells of a change */
  readonly poll_ms: number;
  /** For so long a file has to stay as it is before it is read: editors and copies write piece by piece */
  readonly settle_ms: number;
}

const defaultTimes: WatchTimes = { poll_ms: 2000, settle_ms: 200 };

/**
 * Watches one file by what `stat` says of it through symbolic links, so that a file that is written in place, renamed
 * over, or reached by a link that is turned (as in a Kubernetes config map) is noticed alike. The directory's events only
 * make it look sooner: they are not to be had on every filesystem.
 */
export class FileWatcher {
  readonly #times: WatchTimes;
  #timer: NodeJS.Timeout | undefined;
  #due_ms = Infinity;
  #busy = false;
  #events: FSWatcher | undefined;
  #seen = '';
  /** What has been seen, but not for long enough */
  #unsettled: string | undefined;
  #stopped = false;

  /**
   * @param changed is called when the file is there anew or differs, and once with an error each time it goes away;
   * not again before it has settled
   */
  constructor(
    private readonly path: string,
    private readonly changed: (missing: Error | undefined) => Promise<void>,
    times: Partial<WatchTimes> = {},
  ) {
    this.#times = { ...defaultTimes, ...times };
  }

  start(): void {
    this.#listen();
    this.#look(0);
  }

  stop(): void {
    this.#stopped = true;
    clearTimeout(this.#timer);
    this.#events?.close();
  }

  #listen(): void {
    if (this.#events || this.#stopped) return;
    const forget = (): void => {
      this.#events?.close();
      this.#events = undefined;
    };
    try {
      this.#events = watch(dirname(this.path), { persistent: false }, () =>
        this.#look(this.#times.settle_ms),
      );
      this.#events.on('error', forget);
    } catch {
      // the directory is not there (yet), or cannot be watched: polling finds the file all the same
    }
  }

  /** Looks then, or at the time that is set already where that is sooner: events may come without end. */
  #look(in_ms: number): void {
    const due_ms = performance.now() + in_ms;
    if (this.#stopped || this.#busy || due_ms >= this.#due_ms) return;
    clearTimeout(this.#timer);
    this.#due_ms = due_ms;
    this.#timer = setTimeout(() => void this.#check(), in_ms);
  }

  async #check(): Promise<void> {
    this.#due_ms = Infinity;
    this.#busy = true;
    const next_ms = await this.#compare();
    this.#busy = false;
    this.#listen();
    this.#look(next_ms);
  }

  /** @returns when to look again, in ms */
  async #compare(): Promise<number> {
    const { poll_ms, settle_ms } = this.#times;
    let missing: Error | undefined;
    const print = await stat(this.path, { bigint: true }).then(printOf, (error: Error) => {
      missing = error;
      return error.message;
    });
    const settled = print === this.#unsettled;
    this.#unsettled = undefined;
    if (print === this.#seen || this.#stopped) return poll_ms;
    if (!settled) {
      this.#unsettled = print;
      return settle_ms;
    }
    this.#seen = print;
    await this.changed(missing);
    return settle_ms;
  }
}

/** What differs when another file, or other content, is there */
function printOf({ dev, ino, size, mtimeNs, ctimeNs }: BigIntStats): string {
  return [dev, ino, size, mtimeNs, ctimeNs].join();
}
