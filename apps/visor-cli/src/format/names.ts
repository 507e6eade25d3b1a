import type { HostNames } from './host-names.js';
import { protocolName } from './protocols.js';
import { serviceName } from './services.js';

/** Names for what a row has as numbers; each '' where there is none. */
export interface Names {
  /** @param protocol a row's `proto` @returns `https` */
  service(port: number, protocol: string): string;
  /** @param protocol an IP protocol without a name in the columns, `88`, or an ether type, `0x88cc` */
  protocol(protocol: string): string;
  /** Never waits: '' as long as it is not known. */
  host(address: string): string;
}

const none = (): string => '';

/** Numbers alone: what --numeric asks for. */
export const numeric: Names = { service: none, protocol: none, host: none };

/** @param hosts names of addresses; without them there are none */
export function createNames({ numeric, hosts }: { numeric: boolean; hosts?: HostNames }): Names {
  return {
    service: numeric ? none : serviceName,
    protocol: numeric ? none : protocolName,
    host: hosts ? (address) => hosts.nameOf(address) : none,
  };
}
