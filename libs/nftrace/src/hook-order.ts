/**
 * Where a base chain stands on the one way that every packet goes, so that "the hook order advances" is a comparison
 * of numbers: netdev ingress, bridge in, IP in, IP out, bridge out, netdev egress.
 */
const RANK: Readonly<Record<string, number>> = {
  'netdev ingress': 0,
  'inet ingress': 0,
  'bridge prerouting': 1,
  'bridge input': 2,
  'bridge forward': 3,
  prerouting: 4,
  input: 5,
  forward: 6,
  output: 7,
  postrouting: 8,
  'bridge output': 9,
  'bridge postrouting': 10,
  'netdev egress': 11,
};

/**
 * A chain of type nat is not called at its own priority: nf_nat_register_fn (net/netfilter/nf_nat_core.c) hangs all of
 * them below one hook at NF_IP_PRI_NAT_DST or NF_IP_PRI_NAT_SRC.
 */
const NAT_PRIORITY: Readonly<Record<string, number>> = {
  prerouting: -100,
  output: -100,
  input: 100,
  postrouting: 100,
};

/** @returns a number that grows along a packet's way; NaN for a chain that is on no hook */
export function hookOrder(family: string, type: string, hook: string, priority: number): number {
  // br_netfilter runs the IP hooks from within the bridge's: there is no one order of the two
  if (family === 'bridge') return NaN;
  const rank = RANK[`${family} ${hook}`] ?? RANK[hook];
  const called = type === 'nat' ? (NAT_PRIORITY[hook] ?? priority) : priority;
  return rank === undefined ? NaN : rank * 2 ** 33 + called + 2 ** 31;
}
