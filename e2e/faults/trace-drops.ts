const NETLINK_NETFILTER = 12;
/** The group NFNLGRP_NFTRACE (9) in the mask of those that a socket hears. */
const HEARS_TRACES = 1 << 8;

/** @param table the text of /proc/net/netlink @returns what its sockets that hear trace events have dropped together */
export function traceDrops(table: string): number {
  const [head = '', ...lines] = table.trimEnd().split('\n');
  const names = head.trim().split(/\s+/);
  const at = {
    protocol: names.indexOf('Eth'),
    groups: names.indexOf('Groups'),
    drops: names.indexOf('Drops'),
  };
  return lines
    .map((line) => line.trim().split(/\s+/))
    .filter((fields) => Number(fields[at.protocol]) === NETLINK_NETFILTER)
    .filter((fields) => (parseInt(fields[at.groups] ?? '0', 16) & HEARS_TRACES) !== 0)
    .reduce((sum, fields) => sum + Number(fields[at.drops]), 0);
}
