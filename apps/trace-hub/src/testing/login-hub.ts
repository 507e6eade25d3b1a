import { mkdtempSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll } from 'vitest';
import { digestOf, newToken } from '../auth/token.js';
import { type Role, tokenLine } from '../auth/token-lines.js';
import { type Answer, type Asked, askHub } from './ask.js';
import { startTestHub, type TestHub } from './hub.js';

/** @returns a line of a tokens file */
export const lineOf = (name: string, role: Role, token: string): string =>
  `${tokenLine(name, role, digestOf(token))}\n`;

/** For the tests of a file: a hub that wants a login, of `cron` who reads and of `ops` who may do all. */
export function loginHub(): LoginHub {
  const login = new LoginHub();
  beforeAll(() => login.start(), 60_000);
  afterAll(() => login.destroy());
  return login;
}

class LoginHub {
  readonly reader = newToken();
  readonly admin = newToken();
  /** What the tokens file has at first. */
  readonly lines = lineOf('cron', 'read', this.reader) + lineOf('ops', 'admin', this.admin);
  #dir = '';
  #hub: TestHub | undefined;

  get hub(): TestHub {
    if (!this.#hub) throw new Error('the hub is there in tests alone');
    return this.#hub;
  }

  /** The tokens file. */
  get file(): string {
    return join(this.#dir, 'tokens');
  }

  async start(): Promise<void> {
    this.#dir = mkdtempSync(join(tmpdir(), 'visor-login-'));
    writeFileSync(this.file, this.lines);
    this.#hub = await startTestHub({
      tokensFile: this.file,
      reloadIntervalMs: 20,
      corsOrigins: ['https://page.example'],
      trustedProxies: ['127.0.0.1'],
      maxUrl: 2048,
      maxBody: 1024,
    });
  }

  async destroy(): Promise<void> {
    await this.#hub?.destroy();
    rmSync(this.#dir, { recursive: true, force: true });
  }

  /** As editors and configuration management do it: a new file in the place of the old one. */
  readonly replace = (content: string): void => {
    writeFileSync(`${this.file}.new`, content);
    renameSync(`${this.file}.new`, this.file);
  };

  readonly ask = (path: string, asked?: Asked): Promise<Answer> => askHub(`${this.hub.url}${path}`, asked);

  readonly statusOf = async (path: string, asked?: Asked): Promise<number> =>
    (await this.ask(path, asked)).status;

  /** @returns what the log got from here on */
  readonly logFrom = (): (() => string[]) => {
    const { lines } = this.hub.log;
    const from = lines.length;
    return () => lines.slice(from);
  };
}
