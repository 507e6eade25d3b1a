import { closeSync, openSync } from 'node:fs';
import { CLONE_NEWNET } from './constants.js';
import { errnoName, NetlinkError } from './errors.js';
import { type Libc } from './libc.js';

/** @returns the file of a network namespace: a path as it is, a name below /run/netns */
export function namespacePath(netns: string): string {
  return netns.includes('/') ? netns : `/run/netns/${netns}`;
}

/** Moves the calling THREAD into a network namespace (CAP_SYS_ADMIN). @throws NetlinkError op `setns` */
export function enterNamespace(libc: Libc, netns: string): void {
  const path = namespacePath(netns);
  let fd: number;
  try {
    fd = openSync(path, 'r');
  } catch (cause) {
    const code = (cause as NodeJS.ErrnoException).code ?? 'EIO';
    const text = `network namespace ${netns} does not exist (${path}); see \`ip netns list\``;
    throw new NetlinkError('setns', code, text, { cause });
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
