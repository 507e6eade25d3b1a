/** Names for what a row has as numbers; each '' where there is none. */
export interface Names {
  /** @param protocol a row's `proto` @returns `https` */
  service(port: number, protocol: string): string;
  /** @param protocol an IP protocol without a name in the columns, `88`, or an ether type, `0x88cc` */
  protocol(protocol: string): string;
  /** Never waits: '' as long as it is not known. */
  host(address: string): string;
}

/** No names: what --numeric asks for. */
export const numeric: Names = { service: () => '', protocol: () => '', host: () => '' };
