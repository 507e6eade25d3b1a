import { readFileSync, statSync } from 'node:fs';
import { fileFault, refuseSetting, type Log } from '#app-kit';
import { FilePoll } from './file-poll.js';
import { TokenBook } from './token-book.js';
import { parseTokenLines, TokenFileError } from './token-lines.js';

const setting = 'auth.tokens-file';
const advice = 'give the path of one that `trace-hub token NAME --file PATH` has made';

/** The tokens file, followed: a change is in force without a restart, a broken one leaves the last good tokens. */
export class TokenFile {
  book: TokenBook;
  /** Why the file as it is now is not in force; undefined where it is. */
  fault: string | undefined;
  /** Is called when other tokens are in force. */
  onChange: () => void = () => undefined;
  readonly #poll: FilePoll;

  /** @throws StartError (`bad_config`) when it cannot be used */
  constructor(
    private readonly path: string,
    interval_ms: number,
    private readonly log: Log,
  ) {
    const poll = new FilePoll([path], interval_ms, () => this.#renew());
    try {
      this.book = read(path);
    } catch (error) {
      poll.stop();
      refuseSetting(setting, path, `${reason(error)}; ${advice}`);
    }
    this.#poll = poll;
  }

  stop(): void {
    this.#poll.stop();
  }

  #renew(): void {
    try {
      this.book = read(this.path);
    } catch (error) {
      this.fault = reason(error);
      this.log.error(`${setting}: "${this.path}" ${this.fault}; the tokens of before stay in force`);
      return;
    }
    this.fault = undefined;
    this.onChange();
    this.log.log(`${setting}: "${this.path}" was read again, ${this.book.size} may log in`);
  }
}

/** @throws TokenFileError, or the system's error */
function read(path: string): TokenBook {
  if ((statSync(path).mode & 0o002) !== 0) {
    throw new TokenFileError('it may be written by everybody; chmod o-w it');
  }
  return new TokenBook(parseTokenLines(readFileSync(path, 'utf8')));
}

function reason(error: unknown): string {
  if (error instanceof TokenFileError) return `cannot be used: ${error.message}`;
  return `cannot be read (${fileFault(error)})`;
}
