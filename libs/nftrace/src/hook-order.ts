/**
 * Where a base chain stands on the one way that every packet goes, so that "the hook order advances" is a comparison
 * of numbers. Through a bridge there is a way of its own: br_netfilter runs the IP hooks from within the bridge's, and
 * there is no one order of the two.
 */
const RANK: Readonly<Record<string, number>> = {
  'netdev ingress': 0,
  'inet ingress': 0,
  prerouting: 1,
  input: 2,
  forward: 3,
  output: 4,
  postrouting: 5,
  'netdev egress': 6,
  'bridge prerouting': 8,
  'bridge input': 9,
  'bridge forward': 10,
  'bridge output': 11,
  'bridge postrouting': 12,
};

/**
 * What never comes after a hook although its rank is higher: a packet is for this host or goes on to another. Input is
 * not the end: IPVS sends on from there. A bridge hands up or forwards what came in, and puts out what came from above.
 */
const NEVER_AFTER: Readonly<Record<string, readonly string[]>> = {
  input: ['forward'],
  'bridge prerouting': ['bridge output'],
  'bridge input': ['bridge forward', 'bridge output', 'bridge postrouting'],
  'bridge forward': ['bridge output'],
};

/** NEVER_AFTER by rank: bit n of an entry = rank n */
const never = new Int32Array(16);
for (const [hook, others] of Object.entries(NEVER_AFTER)) {
  never[RANK[hook] ?? 0] = others.reduce((bits, other) => bits | (1 << (RANK[other] ?? 0)), 0);
}

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

const PRIORITIES = 2 ** 33;

/** @returns a number that grows along a packet's way; NaN for a chain that is on no hook */
export function hookOrder(family: string, type: string, hook: string, priority: number): number {
  const rank = RANK[`${family} ${hook}`] ?? (family === 'bridge' ? undefined : RANK[hook]);
  const called = type === 'nat' ? (NAT_PRIORITY[hook] ?? priority) : priority;
  return rank === undefined ? NaN : rank * PRIORITIES + called + 2 ** 31;
}

/**
 * Whether one packet may come from one base chain to the other. Where either is not known, nothing speaks against it.
 * @param from, to orders of hookOrder, both of bridge chains or neither; NaN = not known
 */
export function mayFollow(from: number, to: number): boolean {
  if (Number.isNaN(from) || Number.isNaN(to)) return true;
  return (
    to >= from && (((never[Math.floor(from / PRIORITIES)] ?? 0) >>> Math.floor(to / PRIORITIES)) & 1) === 0
  );
}

/** Whether two base chains may be called at the same place: they are, or of one it is not known where. */
export function mayBeSame(one: number, other: number): boolean {
  return one === other || Number.isNaN(one) || Number.isNaN(other);
}
