import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { printOfFile, SettledPoll } from '../settled-poll.js';

const isRules = (name: string): boolean => /^[^.].*\.ya?ml$/.test(name);

/** @returns the paths of a directory's rule files, by name @throws the system's error */
export async function ruleFilesIn(directory: string): Promise<string[]> {
  const names = await readdir(directory);
  return names
    .filter(isRules)
    .sort()
    .map((name) => join(directory, name));
}

/** Tells when a directory's rule files, or a file beside them, have changed, come or gone. */
export class FolderPoll {
  readonly #poll: SettledPoll;

  /** @param directory '' = none */
  constructor(
    private readonly directory: string,
    private readonly files: readonly string[],
    changed: () => void,
  ) {
    this.#poll = new SettledPoll(() => this.#print(), changed);
  }

  /** Call it before the files are read for the first time: what changes in between is noticed then. */
  async start(interval_ms: number): Promise<void> {
    this.#poll.start(await this.#print(), interval_ms);
  }

  stop(): void {
    this.#poll.stop();
  }

  async #print(): Promise<string> {
    const inside = this.directory === '' ? [] : await ruleFilesIn(this.directory).catch(() => ['?']);
    const prints = [...this.files, ...inside].map(async (path) => `${path} ${await printOfFile(path)}`);
    return (await Promise.all(prints)).join('\n');
  }
}
