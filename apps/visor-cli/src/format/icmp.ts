/** Names of ICMP types and codes, as nft writes them (icmp_type_tbl and its like in nftables' src/proto.c). */

type Names = Readonly<Record<number, string>>;

const types4: Names = {
  0: 'echo-reply',
  3: 'destination-unreachable',
  4: 'source-quench',
  5: 'redirect',
  8: 'echo-request',
  9: 'router-advertisement',
  10: 'router-solicitation',
  11: 'time-exceeded',
  12: 'parameter-problem',
  13: 'timestamp-request',
  14: 'timestamp-reply',
  15: 'info-request',
  16: 'info-reply',
  17: 'address-mask-request',
  18: 'address-mask-reply',
};

const types6: Names = {
  1: 'destination-unreachable',
  2: 'packet-too-big',
  3: 'time-exceeded',
  4: 'parameter-problem',
  128: 'echo-request',
  129: 'echo-reply',
  130: 'mld-listener-query',
  131: 'mld-listener-report',
  132: 'mld-listener-done',
  133: 'nd-router-solicit',
  134: 'nd-router-advert',
  135: 'nd-neighbor-solicit',
  136: 'nd-neighbor-advert',
  137: 'nd-redirect',
  138: 'router-renumbering',
  141: 'ind-neighbor-solicit',
  142: 'ind-neighbor-advert',
  143: 'mld2-listener-report',
};

/** Codes of destination-unreachable. */
const unreachable4: Names = {
  0: 'net-unreachable',
  1: 'host-unreachable',
  2: 'prot-unreachable',
  3: 'port-unreachable',
  4: 'frag-needed',
  9: 'net-prohibited',
  10: 'host-prohibited',
  13: 'admin-prohibited',
};

const unreachable6: Names = {
  0: 'no-route',
  1: 'admin-prohibited',
  3: 'addr-unreachable',
  4: 'port-unreachable',
  5: 'policy-fail',
  6: 'reject-route',
};

/** @returns `echo-request`, `destination-unreachable/port-unreachable`; numbers where there is no name */
export function icmpName(version: 4 | 6, type: number, code: number): string {
  const name = (version === 4 ? types4 : types6)[type] ?? `type ${type}`;
  const unreachable = version === 4 ? unreachable4 : unreachable6;
  const codeName = type === (version === 4 ? 3 : 1) ? unreachable[code] : undefined;
  if (codeName !== undefined) return `${name}/${codeName}`;
  return code === 0 ? name : `${name} code ${code}`;
}
