import { existsSync, readdirSync } from 'node:fs';
import { type CommandOptions, run, tryRun } from './command.js';

/** One end of a veth pair. Addresses are prefixes: `10.9.0.1/24`, `fd09::1/64`. */
export interface LinkEnd {
  readonly namespace: Namespace;
  readonly name: string;
  readonly addresses?: readonly string[];
  /** Its hardware address; absent: the kernel's choice */
  readonly mac?: string;
}

/** A named counter of a ruleset. */
export interface Counter {
  readonly packets: number;
  readonly bytes: number;
}

/** A network namespace of a test. IPv6 addresses are usable at once and the kernel asks for no routers in it. */
export class Namespace {
  private constructor(readonly name: string) {}

  static async make(name: string): Promise<Namespace> {
    await run(['ip', 'netns', 'add', name]);
    const namespace = new Namespace(name);
    for (const group of ['all', 'default']) {
      await namespace.sysctl(`net/ipv6/conf/${group}/accept_dad`, 0);
      await namespace.sysctl(`net/ipv6/conf/${group}/router_solicitations`, 0);
    }
    await namespace.ip('link', 'set', 'lo', 'up');
    return namespace;
  }

  /** @returns the command as it runs in this namespace */
  command(...command: string[]): string[] {
    return ['ip', 'netns', 'exec', this.name, ...command];
  }

  /** Runs a command in it that must succeed. @returns its standard output */
  run(command: readonly string[], options?: CommandOptions): Promise<string> {
    return run(this.command(...command), options);
  }

  /** `ip -n <this> …` */
  ip(...args: string[]): Promise<string> {
    return run(['ip', '-n', this.name, ...args]);
  }

  /** Sets a value below /proc/sys, as this namespace sees it. */
  async sysctl(key: string, value: number): Promise<void> {
    await this.run(['sh', '-c', `echo ${value} > /proc/sys/${key}`]);
  }

  /** Loads a ruleset (`nft -f`), in addition to what is there. */
  async nft(ruleset: string): Promise<void> {
    await this.run(['nft', '-f', '-'], { input: ruleset });
  }

  /** The ruleset as `nft -a -s list ruleset` prints it. */
  ruleset(): Promise<string> {
    return this.run(['nft', '-a', '-s', 'list', 'ruleset']);
  }

  /** The kernel's own count: all named counters of the ruleset, by name. */
  async counters(): Promise<Map<string, Counter>> {
    const { nftables } = JSON.parse(await this.run(['nft', '-j', 'list', 'counters'])) as {
      nftables: { counter?: Counter & { name: string } }[];
    };
    const entries = nftables.flatMap(({ counter }) => (counter ? [counter] : []));
    return new Map(entries.map(({ name, packets, bytes }) => [name, { packets, bytes }]));
  }

  /** The hardware address of an interface. */
  async mac(link: string): Promise<string> {
    return (await this.run(['cat', `/sys/class/net/${link}/address`])).trim();
  }

  async remove(): Promise<void> {
    if (existsSync(`/run/netns/${this.name}`)) await removeNamespace(this.name);
  }
}

/**
 * Joins two namespaces by a veth pair. Each end knows the other's hardware address from the start: a neighbour that is
 * still being asked for would cost datagrams, and the question would be a packet that no test sent.
 * The pair goes with either namespace.
 */
export async function link(a: LinkEnd, b: LinkEnd): Promise<void> {
  const peer = ['peer', 'name', b.name, 'netns', b.namespace.name];
  await run(['ip', 'link', 'add', a.name, 'netns', a.namespace.name, 'type', 'veth', ...peer]);
  for (const end of [a, b]) {
    if (end.mac !== undefined) await end.namespace.ip('link', 'set', end.name, 'address', end.mac);
    for (const address of end.addresses ?? []) await addAddress(end, address);
    await end.namespace.ip('link', 'set', end.name, 'up');
  }
  await introduce(a, b);
  await introduce(b, a);
}

async function introduce(end: LinkEnd, other: LinkEnd): Promise<void> {
  const mac = await other.namespace.mac(other.name);
  for (const address of other.addresses ?? []) {
    const ip = address.replace(/\/.*/, '');
    await end.namespace.ip('neighbour', 'replace', ip, 'lladdr', mac, 'dev', end.name, 'nud', 'permanent');
  }
}

async function addAddress(end: LinkEnd, address: string): Promise<void> {
  const nodad = address.includes(':') ? ['nodad'] : [];
  await end.namespace.ip('address', 'add', address, 'dev', end.name, ...nodad);
}

/** Kills what still runs in a namespace, then removes it, its links and its ruleset. */
async function removeNamespace(name: string): Promise<void> {
  const pids = (await tryRun(['ip', 'netns', 'pids', name])).stdout.split(/\s+/).filter(Boolean);
  for (const pid of pids) await tryRun(['kill', '-KILL', pid]);
  const { code, stderr } = await tryRun(['ip', 'netns', 'delete', name]);
  // Test files run side by side, and each of them sweeps: another one may have been first.
  if (code !== 0 && existsSync(`/run/netns/${name}`))
    throw new Error(`network namespace ${name} stays: ${stderr.trim()}`);
}

/** Removes the namespaces of test runs whose process is gone: their names bear its pid. */
export async function sweepNamespaces(): Promise<string[]> {
  const names = existsSync('/run/netns') ? readdirSync('/run/netns') : [];
  const stale = names.filter((name) => {
    const pid = /^visor-test-(\d+)-/.exec(name)?.[1];
    return pid !== undefined && !existsSync(`/proc/${pid}`);
  });
  for (const name of stale) await removeNamespace(name);
  return stale;
}
