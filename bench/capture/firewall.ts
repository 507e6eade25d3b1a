import { type Lab, run } from './lab.js';

/** Where the sender sends to: the firewall's own address on its outer interface */
export const FIREWALL_ADDRESS = '10.9.0.2';
const FIREWALL_MAC = '02:00:00:00:00:02';
/** Every port of sender.c: an open one takes datagrams, a dropped one never sees any */
export const PORTS = [53, 123, 443];

/**
 * A host's firewall as they are: connection states first, then services in a chain of their own, policy drop. The
 * counters are the kernel's word on how many events it made.
 */
const ruleset = `
table inet filter {
  counter tagged { }
  counter accepted { }
  counter dropped { }
  chain tag {
    type filter hook prerouting priority raw; policy accept;
    meta l4proto { tcp, udp } counter name tagged meta nftrace set 1 comment "what is to be traced"
  }
  chain input {
    type filter hook input priority filter; policy drop;
    iifname "lo" accept
    ct state invalid drop
    ct state { established, related } accept
    jump services
    icmp type echo-request limit rate 10/second accept
  }
  chain services {
    tcp dport { 22, 80, 443 } accept comment "ssh and web"
    udp dport { 53, 123, 443 } counter name accepted accept comment "dns, ntp, quic"
    udp dport 23 counter name dropped drop comment "never"
  }
}`;

/** Events of a packet: tag rule, end and policy of `tag`, jump, and the rule of `services` */
const BY_RULE = { events: 5, ends: 1 };
/** or, where no rule of `services` matches, the ends of `services` and of `input`, and the policy */
const BY_POLICY = { events: 7, ends: 3 };
/** Of 10 packets that the sender sends, 9 meet a rule. */
export const EVENTS_PER_PACKET = (9 * BY_RULE.events + BY_POLICY.events) / 10;

export interface Namespaces {
  readonly client: string;
  readonly firewall: string;
}

/** Makes a client and a firewall, joined by a veth pair. The client's packets come in by the firewall's `wan`. */
export function buildFirewall(lab: Lab): Namespaces {
  const client = lab.namespace('client');
  const firewall = lab.namespace('firewall');
  const peer = ['peer', 'name', 'wan', 'address', FIREWALL_MAC, 'netns', firewall];
  run(['ip', 'link', 'add', 'eth0', 'netns', client, 'type', 'veth', ...peer]);
  run(['ip', '-n', client, 'address', 'add', '10.9.0.1/24', 'dev', 'eth0']);
  run(['ip', '-n', firewall, 'address', 'add', `${FIREWALL_ADDRESS}/24`, 'dev', 'wan']);
  run(['ip', '-n', firewall, 'link', 'set', 'wan', 'up']);
  run(['ip', '-n', client, 'link', 'set', 'eth0', 'up']);
  const neighbour = [FIREWALL_ADDRESS, 'lladdr', FIREWALL_MAC, 'dev', 'eth0', 'nud', 'permanent'];
  run(['ip', '-n', client, 'neighbour', 'replace', ...neighbour]);
  run(['ip', 'netns', 'exec', firewall, 'nft', '-f', '-'], { input: ruleset });
  return { client, firewall };
}

export interface EventsMade {
  readonly events: number;
  /** Of them, those that tell the end of a chain and nothing else */
  readonly ends: number;
}

/** @returns how many trace events the kernel has made so far, had somebody listened */
export function eventsMade(firewall: string): EventsMade {
  const text = run(['ip', 'netns', 'exec', firewall, 'nft', '-j', 'list', 'counters']);
  const { nftables } = JSON.parse(text) as { nftables: { counter?: { name: string; packets: number } }[] };
  const packets = (name: string): number =>
    nftables.find(({ counter }) => counter?.name === name)?.counter?.packets ?? 0;
  const byRule = packets('accepted') + packets('dropped');
  const byPolicy = packets('tagged') - byRule;
  return {
    events: byRule * BY_RULE.events + byPolicy * BY_POLICY.events,
    ends: byRule * BY_RULE.ends + byPolicy * BY_POLICY.ends,
  };
}
