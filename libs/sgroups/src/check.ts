import { type Cidr, parseCidr } from './cidr.js';
import { type Network, type SecurityGroup, type SgroupsData } from './data.js';
import { nameFault } from './names.js';
import { type Problems } from './problems.js';

export interface CheckedNetwork extends Network {
  readonly parsed: Cidr;
}

const quoted = (text: string): string => JSON.stringify(text.length > 80 ? `${text.slice(0, 80)}…` : text);

/** @returns the networks that can be used, in order; what is wrong with the others goes to `problems` */
export function checkNetworks({ networks }: SgroupsData, problems: Problems): CheckedNetwork[] {
  const byName = new Map<string, string>();
  return networks.flatMap((network) => {
    const { name, cidr } = network;
    const fault = nameFault(name);
    if (fault) {
      const sort = 'networks whose name cannot be used';
      problems.add(sort, () => `network ${quoted(name)} (${cidr}): its name ${fault}; it is left out`);
      return [];
    }
    const parsed = parseCidr(cidr);
    if (!parsed) {
      const how = 'is no CIDR like 10.0.0.0/8 or fd00::/8; it is left out';
      problems.add('networks with a malformed CIDR', () => `network ${name}: ${quoted(cidr)} ${how}`);
      return [];
    }
    if (parsed.hostBits) {
      const how = 'has bits set after its length; they are taken as 0';
      problems.add('networks with host bits set', () => `network ${name}: ${cidr} ${how}`);
    }
    const before = byName.get(name);
    if (before !== undefined) {
      const sentence = `network ${name} is there twice, as ${before} and ${cidr}; both are used`;
      problems.add('networks that are there twice', () => sentence);
    }
    byName.set(name, cidr);
    return [{ name, cidr, parsed }];
  });
}

/** The groups of each network by its name, and which place in the data's order they have */
export type GroupsByNetwork = ReadonlyMap<string, readonly GroupPlace[]>;

interface GroupPlace {
  readonly name: string;
  readonly place: number;
}

export function groupsByNetwork(
  { groups }: SgroupsData,
  known: ReadonlySet<string>,
  problems: Problems,
): GroupsByNetwork {
  const places = new Map<string, number>();
  const found = new Map<string, GroupPlace[]>();
  for (const group of groups) {
    const { name } = group;
    const fault = nameFault(name);
    if (fault) {
      const sort = 'groups whose name cannot be used';
      problems.add(sort, () => `group ${quoted(name)}: its name ${fault}; it is left out`);
      continue;
    }
    if (places.has(name)) {
      const how = 'is there twice; it has the networks of both';
      problems.add('groups that are there twice', () => `group ${name} ${how}`);
    }
    const place = places.get(name) ?? places.size;
    places.set(name, place);
    addGroup(group, { name, place }, known, found, problems);
  }
  return found;
}

function addGroup(
  { name, networks }: SecurityGroup,
  place: GroupPlace,
  known: ReadonlySet<string>,
  found: Map<string, GroupPlace[]>,
  problems: Problems,
): void {
  if (networks.length === 0) {
    problems.add('groups without a network', () => `group ${name} names no network, so no address is in it`);
  }
  for (const network of networks) {
    if (!known.has(network)) {
      const sentence = (): string => `group ${name} names network ${quoted(network)}, which is not there`;
      problems.add('names of networks that are not there', sentence);
      continue;
    }
    const list = found.get(network);
    if (list) list.push(place);
    else found.set(network, [place]);
  }
}
