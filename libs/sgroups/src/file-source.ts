import { constants } from 'node:fs';
import { open } from 'node:fs/promises';
import { SgroupsError } from './errors.js';
import { readFileText } from './file-pieces.js';
import { DataKeeper } from './keeper.js';
import { type SgroupsSink, type SgroupsSource, type SgroupsState } from './source.js';
import { FileWatcher, type WatchTimes } from './watch-file.js';

/** A text of 100,000 networks has some 7 MB */
const MOST_BYTES = 256 * 2 ** 20;

/** Networks and groups from a YAML file, which is read again when it changes. */
export class FileSource implements SgroupsSource {
  readonly #keeper: DataKeeper;
  readonly #watcher: FileWatcher;
  #stopped = false;

  constructor(
    private readonly path: string,
    sink: SgroupsSink,
    times: Partial<WatchTimes> = {},
  ) {
    this.#keeper = new DataKeeper('file', sink);
    this.#watcher = new FileWatcher(path, (missing) => this.#read(missing), times);
  }

  get state(): SgroupsState {
    return this.#keeper.state;
  }

  start(): void {
    this.#watcher.start();
  }

  stop(): Promise<void> {
    this.#stopped = true;
    this.#watcher.stop();
    return Promise.resolve();
  }

  async #read(missing: Error | undefined): Promise<void> {
    try {
      if (missing) throw missing;
      const { text, modified } = await readText(this.path);
      const data = await readFileText(text, this.path);
      if (!this.#stopped) this.#keeper.take(data, modified);
    } catch (error) {
      const known = error instanceof SgroupsError;
      this.#keeper.fail(known ? error.message : `${this.path} cannot be read: ${(error as Error).message}`);
    }
  }
}

async function readText(path: string): Promise<{ text: string; modified: string }> {
  // a pipe would be waited for without end, in a thread that keeps the process from ending
  const file = await open(path, constants.O_RDONLY | constants.O_NONBLOCK);
  try {
    const stats = await file.stat();
    const { size, mtime } = stats;
    if (!stats.isFile()) {
      const text = `${path} is no regular file; give the path of a YAML file`;
      throw new SgroupsError('read-file', 'unreadable', text);
    }
    if (size > MOST_BYTES) {
      throw new SgroupsError(
        'read-file',
        'too_large',
        `${path} has ${size} bytes; at most ${MOST_BYTES} are read`,
      );
    }
    const text = new TextDecoder('utf-8', { fatal: true }).decode(await file.readFile());
    return { text, modified: mtime.toISOString() };
  } finally {
    await file.close();
  }
}
