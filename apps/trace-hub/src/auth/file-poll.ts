import { statSync, type BigIntStats } from 'node:fs';
import { stat } from 'node:fs/promises';

/**
 * Tells when files have changed: written in place, renamed over, or reached by a link that was turned. They count as
 * changed when they have stayed the same from one look to the next, since they may be written piece by piece.
 */
export class FilePoll {
  #timer: NodeJS.Timeout | undefined;
  #stopped = false;
  #seen: string;
  #pending = '';

  /** Take it before the files are read for the first time: what changes in between is noticed then. */
  constructor(
    private readonly paths: readonly string[],
    private readonly interval_ms: number,
    private readonly changed: () => void,
    private readonly print = printNow,
  ) {
    this.#seen = paths.map((path) => printOf(statSync(path, { bigint: true, throwIfNoEntry: false }))).join();
    this.#next();
  }

  stop(): void {
    this.#stopped = true;
    clearTimeout(this.#timer);
  }

  /** From the end of the look before on: where that takes long, the next one right after it would tell nothing. */
  #next(): void {
    if (this.#stopped) return;
    this.#timer = setTimeout(() => void this.#look().finally(() => this.#next()), this.interval_ms).unref();
  }

  async #look(): Promise<void> {
    const prints = await Promise.all(this.paths.map(this.print));
    if (this.#stopped) return;
    const now = prints.join();
    const settled = now === this.#pending;
    this.#pending = now;
    if (now === this.#seen || !settled) return;
    this.#seen = now;
    this.changed();
  }
}

const printNow = (path: string): Promise<string> =>
  stat(path, { bigint: true }).then(printOf, () => printOf(undefined));

function printOf(file: BigIntStats | undefined): string {
  if (!file) return 'none';
  const { dev, ino, size, mtimeNs, ctimeNs } = file;
  return [dev, ino, size, mtimeNs, ctimeNs].join('/');
}
