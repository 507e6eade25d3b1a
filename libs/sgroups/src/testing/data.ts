import { type SgroupsData } from '../data.js';

/** Networks as `web 10.0.0.0/24`, groups as `front: web, db`. @returns the data, in that order */
export function sgroupsData(networks: readonly string[], groups: readonly string[] = []): SgroupsData {
  return {
    networks: networks.map((line) => {
      const [name = '', cidr = ''] = line.split(' ');
      return { name, cidr };
    }),
    groups: groups.map((line) => {
      const [name = '', list = ''] = line.split(':');
      return { name, networks: list.split(',').flatMap((network) => network.trim() || []) };
    }),
  };
}
