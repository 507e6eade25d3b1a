import { readdirSync, statfsSync, statSync } from 'node:fs';
import { namespacePath } from '#netlink';

/** Word of `capture.netns` for the agent's own network namespace */
export const HOST = 'host';
/** Word of `capture.netns` for every namespace that has a name, as they come and go */
export const ALL_NAMED = 'all-named';

const NAMED_DIRECTORY = '/run/netns';
/** linux/magic.h */
const NSFS_MAGIC = 0x6e736673;

/** A network namespace that is to be traced and exists now. */
export interface NamespaceTarget {
  /** What column `netns` says: '' for the agent's own, else the name or path as it was asked for */
  netns: string;
  /** The file to enter it by; '' = no need to enter */
  path: string;
  /** The namespace itself: the same name may stand for another one later */
  inode: number;
  /** Whether a word of its own asks for it, and not `all-named` alone */
  asked: boolean;
}

/** What of the machine the search for namespaces needs; tests bring their own. */
export interface NamespaceFiles {
  /** @returns the inode of a namespace's file; undefined when there is none, or it is no namespace (yet) */
  inode(path: string): number | undefined;
  /** @returns the names of all named namespaces */
  names(): string[];
}

/**
 * @param wanted the words of `capture.netns`: `host`, `all-named`, names, paths
 * @returns what exists of them, each namespace once, under the first word that names it; and the words that nothing
 * stands behind now
 */
export function findNamespaces(
  wanted: readonly string[],
  files: NamespaceFiles = systemFiles,
): { targets: NamespaceTarget[]; missing: string[] } {
  const targets = new Map<number, NamespaceTarget>();
  const missing: string[] = [];
  const add = (netns: string, path: string, asked = true): void => {
    const inode = files.inode(path || '/proc/self/ns/net');
    if (inode === undefined) missing.push(netns);
    else if (!targets.has(inode)) targets.set(inode, { netns, path, inode, asked });
  };
  for (const word of wanted) {
    if (word === HOST) add('', '');
    else if (word !== ALL_NAMED) add(word, namespacePath(word));
  }
  if (wanted.includes(ALL_NAMED)) {
    const listed = missing.length;
    for (const name of files.names()) add(name, namespacePath(name), false);
    // one that has gone between its listing and its lookup was not asked for by name
    missing.length = listed;
  }
  return { targets: [...targets.values()], missing };
}

/**
 * @param found the target that its namespace has now, if any
 * @returns whether a namespace goes on under its name: while the name stands, and no word of its own asks for another
 */
export function keepsName(
  { netns, path, inode }: NamespaceTarget,
  found: NamespaceTarget | undefined,
  files: NamespaceFiles = systemFiles,
): boolean {
  if (!found || found.netns === netns) return found !== undefined;
  // one more name is no reason to begin anew
  return !found.asked && files.inode(path) === inode;
}

const systemFiles: NamespaceFiles = {
  inode: (path) => {
    try {
      // `ip netns add` makes an empty file first and mounts the namespace on it afterwards
      return statfsSync(path).type === NSFS_MAGIC ? statSync(path).ino : undefined;
    } catch {
      return undefined;
    }
  },
  names: () => {
    try {
      return readdirSync(NAMED_DIRECTORY).sort();
    } catch {
      return []; // nobody has made one yet
    }
  },
};
