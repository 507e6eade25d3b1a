import { type FileHandle, open } from 'node:fs/promises';
import koffi from 'koffi';
import { SpoolError } from './error.js';

const LOCK_EX = 2;
const LOCK_NB = 4;

/**
 * Locks a directory for this process with flock(2) on a file in it. The kernel lets go of the lock when the process
 * dies, whatever kills it: none is ever left behind.
 * @returns the file; the lock goes with its closing
 * @throws SpoolError (`in_use`), naming who has it
 */
export async function lockDirectory(directory: string): Promise<FileHandle> {
  const file = await open(`${directory}/lock`, 'a+', 0o600);
  const flock = koffi.load('libc.so.6').func('int flock(int fd, int operation)') as (
    fd: number,
    operation: number,
  ) => number;
  if (flock(file.fd, LOCK_EX | LOCK_NB) !== 0) {
    const owner = await file.readFile('utf8').catch(() => '');
    await file.close();
    const who = /^\d+$/.test(owner.trim()) ? `process ${owner.trim()}` : 'another process';
    const message = `the spool ${directory} is in use by ${who}; stop it, or give each agent a spool.dir of its own`;
    throw new SpoolError('open', 'in_use', message);
  }
  // on a full disk the lock holds as well, only nameless
  await file
    .truncate(0)
    .then(() => file.write(`${process.pid}\n`))
    .catch(() => undefined);
  return file;
}
