/** A named network as the service and the file have it. */
export interface Network {
  readonly name: string;
  /** `10.0.0.0/8`, `fd00::/8` */
  readonly cidr: string;
}

export interface SecurityGroup {
  readonly name: string;
  /** Names of its networks */
  readonly networks: readonly string[];
}

/** All that is known of networks and groups at one time. Its order is the order of names that share a network. */
export interface SgroupsData {
  readonly networks: readonly Network[];
  readonly groups: readonly SecurityGroup[];
}

/** Between the names of one cell; no name has it. */
export const SEPARATOR = ',';
