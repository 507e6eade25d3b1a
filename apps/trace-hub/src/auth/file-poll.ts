import { statSync, type BigIntStats } from 'node:fs';
import { stat } from 'node:fs/promises';

/**
 * Tells when files have changed: written in place, renamed over, or reached by a link that was turned. They count as
 * changed when they have stayed the same from one look to the next, since they may be written piece by piece.
 */
export class FilePoll {
  readonly #timer: NodeJS.Timeout;
  #seen: string;
  #pending = '';
  #looking = false;

  /** Take it before the files are read for the first time: what changes in between is noticed then. */
  constructor(
    private readonly paths: readonly string[],
    interval_ms: number,
    private readonly changed: () => void,
  ) {
    this.#seen = paths.map((path) => printOf(statSync(path, { bigint: true, throwIfNoEntry: false }))).join();
    this.#timer = setInterval(() => void this.#look(), interval_ms).unref();
  }

  stop(): void {
    clearInterval(this.#timer);
  }

  async #look(): Promise<void> {
    if (this.#looking) return;
    this.#looking = true;
    const prints = await Promise.all(
      this.paths.map((path) => stat(path, { bigint: true }).then(printOf, () => printOf(undefined))),
    );
    this.#looking = false;
    const now = prints.join();
    const settled = now === this.#pending;
    this.#pending = now;
    if (now === this.#seen || !settled) return;
    this.#seen = now;
    this.changed();
  }
}

function printOf(file: BigIntStats | undefined): string {
  if (!file) return 'none';
  const { dev, ino, size, mtimeNs, ctimeNs } = file;
  return [dev, ino, size, mtimeNs, ctimeNs].join('/');
}
