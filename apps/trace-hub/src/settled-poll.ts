import { type BigIntStats } from 'node:fs';
import { stat } from 'node:fs/promises';

/**
 * Tells when something has changed that may be written piece by piece: it counts as changed when it has stayed the same from
 * one look to the next.
 */
export class SettledPoll {
  #timer: NodeJS.Timeout | undefined;
  #stopped = false;
  #seen = '';
  #pending = '';

  /** @param look what it is now, as a text that is another one where it is another one */
  constructor(
    private readonly look: () => Promise<string>,
    private readonly changed: () => void,
  ) {}

  /** @param seen what `look` gave before it was read for the first time: what changes in between is noticed */
  start(seen: string, interval_ms: number): void {
    this.#seen = this.#pending = seen;
    this.#next(interval_ms);
  }

  stop(): void {
    this.#stopped = true;
    clearTimeout(this.#timer);
  }

  /** From the end of the look before on: where that takes long, the next one right after it would tell nothing. */
  #next(interval_ms: number): void {
    if (this.#stopped) return;
    const again = (): void => void this.#compare().finally(() => this.#next(interval_ms));
    this.#timer = setTimeout(again, interval_ms).unref();
  }

  async #compare(): Promise<void> {
    const now = await this.look();
    if (this.#stopped) return;
    const settled = now === this.#pending;
    this.#pending = now;
    if (now === this.#seen || !settled) return;
    this.#seen = now;
    this.changed();
  }
}

/** @returns what is another text when the file is another one, or was written; `none` where it is not there */
export const printOfFile = (path: string): Promise<string> =>
  stat(path, { bigint: true }).then(printOf, () => printOf(undefined));

export function printOf(file: BigIntStats | undefined): string {
  if (!file) return 'none';
  const { dev, ino, size, mtimeNs, ctimeNs } = file;
  return [dev, ino, size, mtimeNs, ctimeNs].join('/');
}
