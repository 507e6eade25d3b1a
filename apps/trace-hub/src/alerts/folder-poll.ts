import { type BigIntStats } from 'node:fs';
import { readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';

const isRules = (name: string): boolean => /^[^.].*\.ya?ml$/.test(name);

/** @returns the paths of a directory's rule files, by name @throws the system's error */
export async function ruleFilesIn(directory: string): Promise<string[]> {
  const names = await readdir(directory);
  return names
    .filter(isRules)
    .sort()
    .map((name) => join(directory, name));
}

/**
 * Tells when a directory's rule files, or a file beside them, have changed, come or gone. They count as changed when they
 * have stayed the same from one look to the next, since they may be written piece by piece.
 */
export class FolderPoll {
  #timer: NodeJS.Timeout | undefined;
  #seen = '';
  #pending = '';
  #looking = false;

  /** @param directory '' = none */
  constructor(
    private readonly directory: string,
    private readonly files: readonly string[],
    private readonly changed: () => void,
  ) {}

  /** Call it before the files are read for the first time: what changes in between is noticed then. */
  async start(interval_ms: number): Promise<void> {
    this.#seen = this.#pending = await this.#print();
    this.#timer = setInterval(() => void this.#look(), interval_ms).unref();
  }

  stop(): void {
    clearInterval(this.#timer);
  }

  async #look(): Promise<void> {
    if (this.#looking) return;
    this.#looking = true;
    const now = await this.#print();
    this.#looking = false;
    const settled = now === this.#pending;
    this.#pending = now;
    if (now === this.#seen || !settled) return;
    this.#seen = now;
    this.changed();
  }

  async #print(): Promise<string> {
    const inside = this.directory === '' ? [] : await ruleFilesIn(this.directory).catch(() => ['?']);
    const prints = [...this.files, ...inside].map((path) =>
      stat(path, { bigint: true }).then(
        (file) => `${path} ${printOf(file)}`,
        () => `${path} none`,
      ),
    );
    return (await Promise.all(prints)).join('\n');
  }
}

const printOf = ({ dev, ino, size, mtimeNs, ctimeNs }: BigIntStats): string =>
  [dev, ino, size, mtimeNs, ctimeNs].join('/');
