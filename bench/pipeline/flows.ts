import { type Random } from './random.js';
import { type Hop, serviceOf, wayOf } from './ways.js';

const ACK = 0x10;
const PSH_ACK = 0x18;
const SYN = 0x02;

/** Of a few namespaces of one host, each with interfaces of its own. */
const namespaces = ['', 'blue', 'green', 'red'];
const groups = ['clients', 'web', 'db', 'cache', 'monitoring', 'office', 'batch', 'dmz'];

/** A connection: what its packets have in common, and where it has come to. */
export class Flow {
  packets = 0;
  tcpFlags = 0;

  constructor(
    readonly way: readonly Hop[],
    readonly fate: string,
    readonly netns: string,
    readonly iif: string,
    readonly oif: string,
    readonly hwSrc: number,
    readonly hwDst: number,
    readonly v6: boolean,
    readonly source: Uint8Array,
    readonly destination: Uint8Array,
    readonly proto: string,
    readonly ttl: number,
    readonly sport: number,
    readonly dport: number,
    readonly ctId: number,
    readonly sgSrc: string,
    readonly sgDst: string,
    readonly netSrc: string,
    readonly netDst: string,
    public ident: number,
    public seq: number,
    public ack: number,
  ) {}

  /** Makes the next packet. @returns its length */
  send(random: Random): number {
    this.packets++;
    if (!this.v6) this.ident = (this.ident + 1) & 0xffff;
    if (this.proto !== 'tcp') return 60 + random.integer(16) * 20;
    this.tcpFlags = this.packets === 1 ? SYN : random.next() < 0.4 ? PSH_ACK : ACK;
    const head = this.v6 ? 72 : 52;
    if (this.tcpFlags === SYN) return head + 8;
    // Most packets are full or empty.
    const kind = random.next();
    const payload = kind < 0.45 ? 1448 : kind < 0.75 ? 0 : random.integer(1448);
    this.seq = (this.seq + payload) >>> 0;
    if (random.next() < 0.5) this.ack = (this.ack + random.integer(3) * 1448) >>> 0;
    return head + payload;
  }
}

/** @returns the flows, the busiest first */
export function makeFlows(count: number, random: Random): Flow[] {
  return Array.from({ length: count }, () => makeFlow(random));
}

function makeFlow(random: Random): Flow {
  const service = serviceOf(random);
  const { way, fate } = wayOf(random, service);
  const inner = random.integer(namespaces.length);
  const v6 = random.next() < 0.15;
  const icmp = random.next() < 0.02;
  const proto = icmp ? (v6 ? 'icmpv6' : 'icmp') : service.proto;
  const [from, to] = [random.integer(groups.length), random.integer(groups.length)];
  const forwarded = way.some(({ hook }) => hook === 'forward');
  const port = (value: number): number => (icmp ? 0 : value);
  const tcp = proto === 'tcp';
  return new Flow(
    way,
    fate,
    namespaces[inner] as string,
    random.next() < 0.7 ? 'wan' : `veth${inner}`,
    forwarded ? `br${inner}` : '',
    0x02_00_00_00_00_00 + random.integer(4),
    0x02_00_00_00_10_00 + inner,
    v6,
    address(v6, 203 - from, random.integer(2000)),
    address(v6, 10, inner * 256 + random.integer(60)),
    proto,
    64 - random.integer(14),
    port(32_768 + random.integer(28_000)),
    port(service.port),
    random.integer(2 ** 32),
    groups[from] as string,
    groups[to] as string,
    `net-${from}`,
    `net-${to}`,
    v6 ? 0 : random.integer(65_536),
    tcp ? random.integer(2 ** 32) : 0,
    tcp ? random.integer(2 ** 32) : 0,
  );
}

function address(v6: boolean, first: number, host: number): Uint8Array {
  const bytes = new Uint8Array(16);
  if (v6) bytes.set([0x20, 0x01, 0x0d, 0xb8, 0, first, 0, 0, 0, 0, 0, 0, 0, 0, host >> 8, host & 0xff]);
  else bytes.set([0xff, 0xff, first, 64, host >> 8, host & 0xff], 10);
  return bytes;
}
