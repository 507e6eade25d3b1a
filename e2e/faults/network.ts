import { type Lab } from '../support/lab.js';
import { link, type Namespace } from '../support/namespaces.js';
import { traceDrops } from './trace-drops.js';

export const addresses = {
  sender: '10.9.0.1',
  traced: '10.9.0.2',
  agent: '10.8.1.1',
  natsForAgent: '10.8.1.2',
  hub: '10.8.2.1',
  natsForHub: '10.8.2.2',
} as const;

/** Destination ports of the known packets. Each packet meets one rule in one chain: one packet, one event, one row. */
export const dports = [5000, 5001, 5002, 5003, 5004, 5005] as const;

const ruleset = `
table inet known {
  counter traced { }
  chain in {
    type filter hook prerouting priority raw; policy accept;
    udp dport 5000-5005 counter name traced
    udp dport 5000 meta nftrace set 1 drop
    udp dport 5001 meta nftrace set 1 accept
    udp dport 5002-5003 meta nftrace set 1 drop
    udp dport 5004-5005 meta nftrace set 1 accept
  }
}`;

/** Packets that are dropped at random are dropped in NATS's namespace, whose ruleset nobody traces. */
const faultsTable = `
table inet faults {
  chain from { type filter hook prerouting priority raw; policy accept; }
  chain to { type filter hook postrouting priority raw; policy accept; }
}`;

/** The links to NATS as its own namespace names them. */
export type LinkName = 'to-agent' | 'to-hub';

/**
 * sender ── agent's host ── NATS ── hub, each in a network namespace of its own. The first link bears the known packets
 * and is never touched.
 */
export class Network {
  private constructor(
    readonly sender: Namespace,
    readonly agent: Namespace,
    readonly nats: Namespace,
    readonly hub: Namespace,
  ) {}

  static async build(lab: Lab): Promise<Network> {
    const sender = await lab.namespace('sender');
    const agent = await lab.namespace('agent');
    const nats = await lab.namespace('nats');
    const hub = await lab.namespace('hub');
    const end = (namespace: Namespace, name: string, address: string) => ({
      ...{ namespace, name, addresses: [`${address}/24`] },
    });
    await link(end(sender, 'eth0', addresses.sender), end(agent, 'wan', addresses.traced));
    await link(end(agent, 'bus', addresses.agent), end(nats, 'to-agent', addresses.natsForAgent));
    await link(end(hub, 'bus', addresses.hub), end(nats, 'to-hub', addresses.natsForHub));
    await agent.nft(ruleset);
    await nats.nft(faultsTable);
    return new Network(sender, agent, nats, hub);
  }

  async cut(name: LinkName): Promise<void> {
    await this.nats.ip('link', 'set', name, 'down');
  }

  async join(name: LinkName): Promise<void> {
    await this.nats.ip('link', 'set', name, 'up');
  }

  /** Drops that many percent of the packets, in each direction. */
  async drop(name: LinkName, percent: number): Promise<void> {
    await this.nats.nft(
      `add rule inet faults from iifname "${name}" numgen random mod 100 < ${percent} drop comment "${name}"
       add rule inet faults to oifname "${name}" numgen random mod 100 < ${percent} drop comment "${name}"`,
    );
  }

  /** Ends all that `drop` did to a link. */
  async dropNone(name: LinkName): Promise<void> {
    for (const chain of ['from', 'to']) {
      const text = await this.nats.run(['nft', '-a', 'list', 'chain', 'inet', 'faults', chain]);
      for (const [, handle] of text.matchAll(new RegExp(`comment "${name}" # handle (\\d+)`, 'g'))) {
        await this.nats.nft(`delete rule inet faults ${chain} handle ${handle}`);
      }
    }
  }

  /** The kernel's own count of known packets that came to the agent's host. */
  async traced(): Promise<number> {
    return (await this.agent.counters()).get('traced')?.packets ?? 0;
  }

  /** The kernel's own count of events that it dropped because the agent did not take them. */
  async dropped(): Promise<number> {
    return traceDrops(await this.agent.run(['cat', '/proc/net/netlink']));
  }
}
