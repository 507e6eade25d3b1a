import { constants } from 'node:fs';
import { access, mkdir, readFile, rm, stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { StoreError } from './errors.js';

/** @returns who holds ClickHouse's lock on the directory; undefined = nobody, or this process */
export async function lockHolder(directory: string): Promise<number | undefined> {
  try {
    const { ino } = await stat(join(directory, 'status'));
    // proc_locks(5): "1: FLOCK  ADVISORY  WRITE 4242 08:01:131 0 EOF"
    for (const line of (await readFile('/proc/locks', 'utf8')).split('\n')) {
      const [, pid, inode] = /WRITE\s+(\d+)\s+\w+:\w+:(\d+)\s/.exec(line) ?? [];
      if (Number(inode) === ino && Number(pid) !== process.pid) return Number(pid);
    }
  } catch {
    // No status file, or no /proc: then the engine itself finds out.
  }
  return undefined;
}

export const inUse = (directory: string, holder: string, cause?: unknown): StoreError =>
  new StoreError(
    'open',
    'in_use',
    `ClickHouse directory ${directory} is in use by ${holder}: stop it or set storage.clickhouse.url to another directory.`,
    { cause },
  );

export function unusable(directory: string, cause: unknown): StoreError {
  const reason = cause instanceof Error ? cause.message : String(cause);
  return new StoreError(
    'open',
    'unusable_directory',
    `ClickHouse directory ${directory} cannot be used: make it writable or set storage.clickhouse.url to another directory (${reason}).`,
    { cause },
  );
}

/** As mkdir -p. Node's own goes round for ever below a directory in which none can be made, as /proc (Node 20). */
async function makeDirectories(directory: string): Promise<void> {
  try {
    await mkdir(directory);
  } catch (cause) {
    const { code } = cause as NodeJS.ErrnoException;
    const parent = dirname(directory);
    const exists = await stat(directory).catch(() => undefined);
    if (exists?.isDirectory()) return;
    const parentExists = await stat(parent).catch(() => undefined);
    if (code !== 'ENOENT' || parentExists || parent === directory) throw cause;
    await makeDirectories(parent);
    await mkdir(directory);
  }
}

/** Makes the directory; an error here is clearer than the engine's. */
export async function prepareDirectory(directory: string): Promise<void> {
  try {
    await makeDirectories(directory);
    await access(directory, constants.R_OK | constants.W_OK | constants.X_OK);
  } catch (cause) {
    throw unusable(directory, cause);
  }
  const holder = await lockHolder(directory);
  if (holder !== undefined) throw inUse(directory, `another process (pid ${holder})`);
}

/** @returns an empty directory for batches on their way in; what a crash left there is removed */
export async function emptyIncoming(directory: string): Promise<string> {
  const incoming = join(directory, 'incoming');
  try {
    await rm(incoming, { recursive: true, force: true });
    await mkdir(incoming);
  } catch (cause) {
    throw unusable(directory, cause);
  }
  return incoming;
}
