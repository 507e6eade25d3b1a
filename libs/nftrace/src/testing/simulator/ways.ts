import { type Family } from './ruleset.js';

/** A hook that a packet comes to, and with which interfaces */
export interface Step {
  families: readonly Family[];
  hook: string;
  iif: number;
  oif: number;
  /** Bridge chains before or after br_netfilter's own place (priority 0), which runs the IP hooks */
  part?: 'below' | 'above';
}

export type Way = readonly Step[];

const ip: readonly Family[] = ['inet', 'ip', 'ip6'];
const at = (families: readonly Family[], hook: string, iif: number, oif = 0): Step => ({
  families,
  hook,
  iif,
  oif,
});
const ingress = (iif: number): Step => at(['netdev', 'inet'], 'ingress', iif);
const egress = (oif: number): Step => at(['netdev'], 'egress', 0, oif);
const bridge = (hook: string, iif: number, oif: number, part?: Step['part']): Step => ({
  ...at(['bridge'], hook, iif, oif),
  ...(part && { part }),
});

/** Interfaces: 1 lo, 2 and 3 cards, 4 and 7 ports of the bridge 5, 6 a VLAN of 3 */
const ipWays = {
  forward: [
    ingress(2),
    at(ip, 'prerouting', 2),
    at(ip, 'forward', 2, 3),
    at(ip, 'postrouting', 2, 3),
    egress(3),
  ],
  input: [ingress(2), at(ip, 'prerouting', 2), at(ip, 'input', 2)],
  output: [at(ip, 'output', 0, 3), at(ip, 'postrouting', 0, 3), egress(3)],
  loopbackOut: [at(ip, 'output', 0, 1), at(ip, 'postrouting', 0, 1), egress(1)],
  loopbackIn: [ingress(1), at(ip, 'prerouting', 1), at(ip, 'input', 1)],
  // a VLAN's device hands the same packet to the card below it, which has the egress hook again
  vlanOut: [at(ip, 'output', 0, 6), at(ip, 'postrouting', 0, 6), egress(6), egress(3)],
  bridgeOut: [
    at(ip, 'output', 0, 5),
    at(ip, 'postrouting', 0, 5),
    egress(5),
    bridge('output', 0, 4),
    bridge('postrouting', 0, 4),
    egress(4),
  ],
  bridged: [
    ingress(4),
    bridge('prerouting', 4, 0),
    bridge('forward', 4, 7),
    bridge('postrouting', 0, 7),
    egress(7),
  ],
  // br_netfilter: the IP hooks run from within the bridge's
  bridgedThroughIp: [
    ingress(4),
    bridge('prerouting', 4, 0, 'below'),
    at(ip, 'prerouting', 5),
    bridge('prerouting', 4, 0, 'above'),
    bridge('forward', 4, 7, 'below'),
    at(ip, 'forward', 5, 5),
    bridge('forward', 4, 7, 'above'),
    bridge('postrouting', 0, 7, 'below'),
    at(ip, 'postrouting', 0, 5),
    bridge('postrouting', 0, 7, 'above'),
    egress(7),
  ],
  bridgeIn: [
    ingress(4),
    bridge('prerouting', 4, 0, 'below'),
    at(ip, 'prerouting', 5),
    bridge('prerouting', 4, 0, 'above'),
    bridge('input', 4, 0),
  ],
  // IPVS sends on from the input hook what it balances, ICMP errors from the forward hook
  balancedIcmp: [
    ingress(2),
    at(ip, 'prerouting', 2),
    at(ip, 'forward', 2, 3),
    at(ip, 'output', 0, 3),
    at(ip, 'postrouting', 0, 3),
    egress(3),
  ],
  balanced: [
    ingress(2),
    at(ip, 'prerouting', 2),
    at(ip, 'input', 2),
    at(ip, 'output', 0, 3),
    at(ip, 'postrouting', 0, 3),
    egress(3),
  ],
} satisfies Record<string, Way>;

const arpWays = {
  arpIn: [ingress(2), at(['arp'], 'input', 2)],
  arpOut: [
    at(['arp'], 'output', 0, 5),
    egress(5),
    bridge('output', 0, 4),
    bridge('postrouting', 0, 4),
    egress(4),
  ],
} satisfies Record<string, Way>;

/** Today's kernel has the input interface in the id, so that loopback has two: this would be one with one. */
const loopback: Way = [...ipWays.loopbackOut, ...ipWays.loopbackIn];

/** What the rule of a netdev chain that forwards (`fwd to`) makes the packet do before the verdict is reported */
export const forwardedBy: Way = [egress(5), bridge('output', 0, 4), bridge('postrouting', 0, 4), egress(4)];

export const ways = { ...ipWays, ...arpWays };
export const hypotheticalWays = { loopback };
export type WayName = keyof typeof ways | keyof typeof hypotheticalWays;
export const wayOf = (name: WayName): Way => ({ ...ways, ...hypotheticalWays })[name];
