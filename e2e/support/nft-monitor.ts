import { readFileSync } from 'node:fs';
import { type Lab } from './lab.js';
import { type Namespace } from './namespaces.js';
import { type Program } from './program.js';

/** One line of `nft monitor trace` that is an event: a rule that matched or a chain's policy. */
export interface MonitorEvent {
  readonly family: string;
  readonly table: string;
  readonly chain: string;
  readonly type: 'rule' | 'policy';
  /** The rule's text as nft prints it; empty for a policy. */
  readonly rule: string;
  /** 0 for a policy. */
  readonly handle: number;
  /** `accept`, `drop`, `continue`, `jump`, `goto`, `return` … */
  readonly verdict: string;
  /** Chain of a jump or goto, else empty. */
  readonly target: string;
}

export interface MonitorPacket {
  /** The kernel's id; it is reused, so two packets may share it. */
  readonly id: number;
  /** What nft prints of the packet at its first base chain. */
  readonly header: string;
  readonly events: MonitorEvent[];
}

/** `nft monitor trace` of a namespace: the reference that our own capture is compared with. */
export class NftMonitor {
  private constructor(private readonly program: Program) {}

  /** Starts it and waits until the kernel has it in the trace group. */
  static async start(lab: Lab, namespace: Namespace): Promise<NftMonitor> {
    const command = namespace.command('nft', '-a', 'monitor', 'trace');
    const program = lab.start({ name: 'nft monitor', command });
    await program.until('the trace group', () => listens(program.pid));
    return new NftMonitor(program);
  }

  /** The packets so far, in the order of their first event. */
  packets(): MonitorPacket[] {
    return parseMonitor(this.program.lines);
  }

  /** Waits until it has printed `count` packets and nothing more for 200 ms. @returns the packets */
  async untilPackets(count: number, timeoutMs?: number): Promise<MonitorPacket[]> {
    const done = () => this.packets().length >= count && this.program.quietMs >= 200;
    await this.program.until(`${count} packets`, done, timeoutMs);
    return this.packets();
  }
}

/** NFNLGRP_NFTRACE is group 9 of NETLINK_NETFILTER (12): bit 8 of the Groups column. */
function listens(pid: number): boolean {
  const sockets = readFileSync(`/proc/${pid}/net/netlink`, 'utf8').split('\n').slice(1);
  return sockets.some((line) => {
    const [, protocol, , groups = ''] = line.trim().split(/\s+/);
    return protocol === '12' && (parseInt(groups, 16) & 0x100) !== 0;
  });
}

/** nft appends a packet mark to some lines; it belongs to the packet, not to the event. */
const lineForm =
  /^trace id (?<id>[0-9a-f]+) (?<family>\S+) (?<table>\S+) (?<chain>\S+) (?<rest>.*?)\s*(?:meta mark 0x[0-9a-f]+\s*)?$/;
const ruleForm =
  /^rule (?<rule>.*?)(?: # handle (?<handle>\d+))? \(verdict (?<verdict>\S+)(?: (?<target>\S+))?\)$/;

/** A packet under way: the base chains that it passed and what NAT leaves alone of its header. */
interface Open {
  readonly packet: MonitorPacket;
  readonly chains: Set<string>;
  readonly signature: string;
}

/**
 * Groups the lines of `nft -a monitor trace` by packet. The kernel reuses its ids, so another packet starts with a
 * `packet:` line after a drop, in a base chain that the packet has passed already, or with another signature.
 */
export function parseMonitor(lines: readonly string[]): MonitorPacket[] {
  const packets: MonitorPacket[] = [];
  const open = new Map<string, Open>();
  for (const line of lines) {
    const fields = lineForm.exec(line)?.groups;
    if (!fields) throw new Error(`not a line of nft monitor trace: ${line}`);
    const { id = '', family = '', table = '', chain = '', rest = '' } = fields;
    const at = { family, table, chain };
    if (rest.startsWith('packet: ')) {
      const chainName = `${family} ${table} ${chain}`;
      const header = rest.slice('packet: '.length);
      const current = open.get(id);
      if (current && continues(current, chainName, header)) {
        current.chains.add(chainName);
        continue;
      }
      const packet = { id: parseInt(id, 16), header, events: [] };
      packets.push(packet);
      open.set(id, { packet, chains: new Set([chainName]), signature: signature(header) });
      continue;
    }
    const event = parseEvent(at, rest);
    if (event) open.get(id)?.packet.events.push(event);
  }
  return packets;
}

function continues({ packet, chains, signature: own }: Open, chain: string, header: string): boolean {
  const dropped = packet.events.at(-1)?.verdict === 'drop';
  return !dropped && !chains.has(chain) && signature(header) === own;
}

/** What of a printed header NAT leaves alone; nft leaves the protocol out in some families. */
function signature(header: string): string {
  const parts = [/ip6? length \d+/, /ip id \d+/, /tcp flags .*? tcp/];
  return parts.map((part) => part.exec(header)?.[0] ?? '').join('|');
}

type Place = Pick<MonitorEvent, 'family' | 'table' | 'chain'>;

/** @returns undefined for the end of a chain (`verdict continue` alone), which is no rule's and no policy's */
function parseEvent(at: Place, text: string): MonitorEvent | undefined {
  const policy = /^policy (\S+)$/.exec(text)?.[1];
  if (policy !== undefined) {
    return { ...at, type: 'policy', rule: '', handle: 0, verdict: policy, target: '' };
  }
  const fields = ruleForm.exec(text)?.groups;
  if (!fields) return undefined;
  const { rule = '', handle = '0', verdict = '', target = '' } = fields;
  return { ...at, type: 'rule', rule, handle: Number(handle), verdict, target };
}
