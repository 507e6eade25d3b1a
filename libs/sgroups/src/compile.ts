import { type CheckedNetwork, checkNetworks, type GroupsByNetwork, groupsByNetwork } from './check.js';
import { type SgroupsData } from './data.js';
import { joinNames } from './names.js';
import { type EntryNames, pack, type PackedPrefixes } from './pack.js';
import { Problems } from './problems.js';
import { compareCidrs, cutRanges, type NumberedCidr } from './ranges.js';

export interface Compiled {
  readonly prefixes: PackedPrefixes;
  /** What was left out or taken otherwise than it stands, a sentence each */
  readonly problems: readonly string[];
}

/** Networks of equal CIDR */
interface Entry extends NumberedCidr {
  readonly cidr: string;
  readonly networks: string[];
}

/**
 * Makes of networks and groups what an address is looked up in. An address belongs to the most specific network that it
 * lies in. Networks of equal CIDR are one with the names of both, and the groups of both; a network in several groups
 * has the names of all; names are in the order of the data.
 *
 * @throws SgroupsError `too_large`
 */
export function compile(data: SgroupsData): Compiled {
  const problems = new Problems();
  const networks = checkNetworks(data, problems);
  const groups = groupsByNetwork(data, new Set(networks.map(({ name }) => name)), problems);
  const entries = uniteEqual(networks, problems);
  const names = entries.map((entry): EntryNames => namesOf(entry, groups, problems));
  const ranges = cutRanges(entries, (inner, outer) => tellNested(entries, inner, outer, problems));
  return {
    prefixes: pack(ranges, [{ net: '', sg: '' }, ...names], entries.length),
    problems: problems.list,
  };
}

/** @returns entries in the order of addresses, numbered from 1 */
function uniteEqual(networks: readonly CheckedNetwork[], problems: Problems): Entry[] {
  const entries: Entry[] = [];
  for (const { name, cidr, parsed } of networks.toSorted((a, b) => compareCidrs(a.parsed, b.parsed))) {
    const last = entries.at(-1);
    if (!last || compareCidrs(last, parsed) !== 0) {
      // no spread: it is most of the time for 100,000 networks
      const { words, length } = parsed;
      entries.push({ words, length, cidr, entry: entries.length + 1, networks: [name] });
      continue;
    }
    if (!last.networks.includes(name)) {
      const sentence = `networks ${last.networks.at(-1)} and ${name} are both ${cidr}; its addresses bear both names`;
      problems.add('networks that another one equals', () => sentence);
    }
    last.networks.push(name);
  }
  return entries;
}

function namesOf({ cidr, networks }: Entry, groups: GroupsByNetwork, problems: Problems): EntryNames {
  const found = networks.map((name) => groups.get(name) ?? []);
  const sg = found.length === 1 ? (found[0] ?? []) : found.flat().sort((a, b) => a.place - b.place);
  const groupNames = sg.map(({ name }) => name);
  return {
    net: joinNames(networks, () => `network ${cidr}`, problems),
    sg: joinNames(groupNames, () => `the groups of network ${cidr}`, problems),
  };
}

function tellNested(entries: readonly Entry[], inner: number, outer: number, problems: Problems): void {
  const told = (number: number): string => {
    const { networks, cidr } = entries[number - 1] as Entry;
    return `${networks.join()} (${cidr})`;
  };
  const how = 'its addresses belong to it alone';
  const sentence = (): string => `network ${told(inner)} lies within ${told(outer)}: ${how}`;
  problems.add('networks within others', sentence);
}
