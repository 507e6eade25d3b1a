import { closeSync, openSync } from 'node:fs';
import { CLONE_NEWNET } from './constants.js';
import { errnoName, NetlinkError } from './errors.js';
import { type Libc } from './libc.js';

/** @returns the file of a network namespace: a path as it is, a name below /run/netns */
export function namespacePath(netns: string): string {
  return netns.includes('/') ? netns : `/run/netns/${netns}`;
}

/** @returns the error for a namespace that is not there */
export function missingNamespace(netns: string, code = 'ENOENT', cause?: unknown): NetlinkError {
  const text = `network namespace ${netns} does not exist (${namespacePath(netns)}); see \`ip netns list\``;
  return new NetlinkError('setns', code, text, { cause });
}

/** Moves the calling THREAD into a network namespace (CAP_SYS_ADMIN). @throws NetlinkError op `setns` */
export function enterNamespace(libc: Libc, netns: string): void {
  let fd: number;
  try {
    fd = openSync(namespacePath(netns), 'r');
  } catch (cause) {
    throw missingNamespace(netns, (cause as NodeJS.ErrnoException).code ?? 'EIO', cause);
  }
  try {
    if (libc.setns(fd, CLONE_NEWNET) === 0) return;
    const code = errnoName(libc.errno());
    throw new NetlinkError(
      'setns',
      code,
      `cannot enter network namespace ${netns}: ${code}; it needs CAP_SYS_ADMIN`,
    );
  } finally {
    closeSync(fd);
  }
}
