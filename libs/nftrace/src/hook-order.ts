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

/** @returns a number that grows along a packet's way; NaN for a chain that is on no hook */
export function hookOrder(family: string, hook: string, priority: number): number {
  const rank = RANK[`${family} ${hook}`] ?? RANK[hook];
  return rank === undefined ? NaN : rank * 2 ** 33 + priority + 2 ** 31;
}
