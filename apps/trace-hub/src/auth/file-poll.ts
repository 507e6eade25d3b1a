import { statSync } from 'node:fs';
import { printOf, printOfFile, SettledPoll } from '../settled-poll.js';

/** Tells when files have changed: written in place, renamed over, or reached by a link that was turned. */
export class FilePoll {
  readonly #poll: SettledPoll;

  /** Take it before the files are read for the first time: what changes in between is noticed then. */
  constructor(
    paths: readonly string[],
    interval_ms: number,
    changed: () => void,
    print: (path: string) => Promise<string> = printOfFile,
  ) {
    const seen = paths.map((path) => printOf(statSync(path, { bigint: true, throwIfNoEntry: false })));
    this.#poll = new SettledPoll(async () => (await Promise.all(paths.map(print))).join(), changed);
    this.#poll.start(seen.join(), interval_ms);
  }

  stop(): void {
    this.#poll.stop();
  }
}
