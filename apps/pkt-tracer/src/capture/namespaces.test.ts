import { describe, expect, it } from 'vitest';
import { findNamespaces, keepsName, type NamespaceFiles, type NamespaceTarget } from './namespaces.js';

const files = (inodes: Record<string, number>): NamespaceFiles => ({
  inode: (path) => inodes[path],
  names: () =>
    Object.keys(inodes)
      .filter((path) => path.startsWith('/run/netns/'))
      .map((path) => path.slice('/run/netns/'.length)),
});

const here = { '/proc/self/ns/net': 1, '/run/netns/blue': 2, '/run/netns/red': 3, '/proc/77/ns/net': 4 };

describe('findNamespaces', () => {
  it.each<[string, string[], string[]]>([
    ['the own one', ['host'], ['']],
    ['names and paths', ['red', '/proc/77/ns/net'], ['red', '/proc/77/ns/net']],
    ['all that have a name', ['all-named'], ['blue', 'red']],
    ['everything', ['host', 'red', 'all-named'], ['', 'red', 'blue']],
  ])('finds %s', (_, wanted, found) => {
    const { targets, missing } = findNamespaces(wanted, files(here));
    expect([targets.map((t) => t.netns), missing]).toEqual([found, []]);
  });

  it('takes a namespace once, under the first word for it', () => {
    const same = files({ '/proc/self/ns/net': 1, '/run/netns/mine': 1, '/run/netns/other': 5 });
    expect(findNamespaces(['host', 'mine', 'all-named'], same).targets.map((t) => t.netns)).toEqual([
      '',
      'other',
    ]);
  });

  it('tells which words nothing stands behind', () => {
    expect(findNamespaces(['host', 'gone', '/proc/1234567/ns/net'], files(here)).missing).toEqual([
      'gone',
      '/proc/1234567/ns/net',
    ]);
  });

  it('does not miss a namespace that nobody named and that goes while it is looked up', () => {
    const racing = { ...files(here), names: () => ['blue', 'going'] };
    const { targets, missing } = findNamespaces(['all-named'], racing);
    expect([targets.map((t) => t.netns), missing]).toEqual([['blue'], []]);
  });
});

describe('keepsName', () => {
  const target = (netns: string, asked = false): NamespaceTarget => {
    return { netns, path: `/run/netns/${netns}`, inode: 3, asked };
  };
  const both = { ...here, '/run/netns/pink': 3 };
  it.each<[string, NamespaceTarget | undefined, Record<string, number>, boolean]>([
    ['as it is', target('red'), here, true],
    ['with one more name', target('pink'), both, true],
    ['renamed', target('pink'), { '/run/netns/pink': 3 }, false],
    ['whose name stands for another one now', target('pink'), { ...both, '/run/netns/red': 9 }, false],
    ['that is asked for by its other name', target('pink', true), both, false],
    ['that is gone', undefined, here, false],
  ])('of one %s', (_, found, inodes, kept) => {
    expect(keepsName(target('red'), found, files(inodes))).toBe(kept);
  });
});
