import { type SgroupsData } from './data.js';
import { SgroupsError } from './errors.js';
import {
  type ListNetworksResp,
  type ListSecurityGroupsResp,
  type SyncStatusResp,
  timestampText,
} from './service.js';

/**
 * What an answer lacks arrives as an empty value, and what another version of the service has in its place does not
 * arrive at all. So an answer that cannot be whole is refused, and does not replace good data.
 */
const refuse = (what: string): never => {
  const how = 'the answer is not whole, or of another version of the service';
  throw new SgroupsError('fetch', 'malformed', `${what}; ${how}`);
};

const DATE_LIMIT_S = 8.64e12;

/** @returns when the service's data was made @throws SgroupsError `malformed` */
export function readStatus({ updated_at }: SyncStatusResp): string {
  if (!updated_at) return refuse('SyncStatus has no updated_at');
  const { seconds, nanos } = updated_at;
  const fits = Math.abs(Number(seconds)) <= DATE_LIMIT_S && nanos >= 0 && nanos < 1e9;
  return fits
    ? timestampText(updated_at)
    : refuse(`SyncStatus has an updated_at of ${seconds} s and ${nanos} ns`);
}

/** @throws SgroupsError `malformed` */
export function readLists(networks: ListNetworksResp, groups: ListSecurityGroupsResp): SgroupsData {
  const data = {
    networks: networks.networks.map(({ name, network }, i) => {
      if (name === '')
        return refuse(`ListNetworks: network ${i + 1} of ${networks.networks.length} has no name`);
      const cidr = network?.CIDR ?? '';
      return cidr === '' ? refuse(`ListNetworks: network ${name} has no network.CIDR`) : { name, cidr };
    }),
    groups: groups.groups.map(({ name, networks }, i) => {
      if (name !== '') return { name, networks };
      return refuse(`ListSecurityGroups: group ${i + 1} of ${groups.groups.length} has no name`);
    }),
  };
  const named = data.groups.find((group) => group.networks.length > 0);
  if (data.networks.length === 0 && named) {
    refuse(`group ${named.name} names network ${named.networks[0]}, but ListNetworks has none at all`);
  }
  return data;
}
