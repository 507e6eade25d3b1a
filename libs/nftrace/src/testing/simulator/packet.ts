import { ARPHRD_ETHER, ARPHRD_LOOPBACK } from '../../attributes.js';
import { hex, ipv4, tcp, udp } from '../headers.js';
import { be16, be32, type TraceMessage } from '../trace-message.js';
import { type Family, nfprotoOf } from './ruleset.js';
import { type Step, type WayName } from './ways.js';

/** What of a packet is the same at all of its hooks, and what the generator decides about its way */
export interface SimPacket {
  kind: 'ip' | 'ip6' | 'arp' | 'lldp';
  proto: 'tcp' | 'udp' | 'icmp';
  ident: number;
  len: number;
  seq: number;
  way: WayName;
  /** Which rules match it */
  class: number;
  /** The first packet of a connection: the others do not come to nat chains */
  opensConnection: boolean;
  /** Tracing was on before, as behind the loopback device */
  traced: boolean;
  /** It vanishes after so many hooks, as where there is no route; no event tells */
  vanishesAfter: number;
  /** Whether user space gives it back when a rule has queued it */
  reinjected: boolean;
}

/** What NAT and forwarding rewrite */
export interface Rewritable {
  src: number;
  dst: number;
  sport: number;
  dport: number;
  ttl: number;
}

const PROTOCOL = { tcp: 6, udp: 17, icmp: 1 };
const ETHER_TYPE = { ip: '0800', ip6: '86dd', arp: '0806', lldp: '88cc' };

/** @returns what the first event of a base chain's evaluation tells, as nf_trace_fill_pkt_info does */
export function headersOf(packet: SimPacket, now: Rewritable, step: Step): TraceMessage {
  const { iif, oif } = step;
  const type = iif === 1 || oif === 1 ? ARPHRD_LOOPBACK : ARPHRD_ETHER;
  const received = iif !== 0 || (step.families.includes('bridge') && oif !== 0);
  const isIp = packet.kind === 'ip' || packet.kind === 'ip6';
  return {
    ...(iif !== 0 && { iif, iifType: type }),
    ...(oif !== 0 && { oif, oifType: type }),
    // at egress the link header is not found, and before it there is none of what was sent from here
    ...(received && { link: hex(`020000000002 020000000001 ${ETHER_TYPE[packet.kind]}`) }),
    network: network(packet, now),
    ...(isIp && { transport: transport(packet, now) }),
  };
}

/** @returns the packet's NFPROTO_… as a chain of a table of `family` has it */
export function nfprotoIn(family: Family, packet: SimPacket): number {
  return family === 'bridge' || family === 'netdev' ? nfprotoOf(family) : nfprotoOf(packet.kind as Family);
}

function network(packet: SimPacket, now: Rewritable): Buffer {
  const proto = PROTOCOL[packet.proto];
  switch (packet.kind) {
    case 'ip': {
      const { len, ident } = packet;
      return ipv4({ src: `10.0.0.${now.src}`, dst: `10.0.0.${now.dst}`, proto, len, ident, ttl: now.ttl });
    }
    case 'ip6':
      return Buffer.concat([
        hex('60000000'),
        be16(packet.len - 40),
        Buffer.of(proto, now.ttl),
        hex(`20010db8${'00'.repeat(11)}`),
        Buffer.of(now.src),
        hex(`20010db8${'00'.repeat(11)}`),
        Buffer.of(now.dst),
      ]);
    case 'arp':
      return hex('0001 0800 06 04 0001 020000000001 0a000001 000000000000 0a000002');
    case 'lldp':
      return hex('0207 0402 0000');
  }
}

function transport(packet: SimPacket, { sport, dport }: Rewritable): Buffer {
  switch (packet.proto) {
    case 'tcp':
      return tcp({ sport, dport, seq: packet.seq });
    case 'udp':
      return udp({ sport, dport });
    case 'icmp':
      return Buffer.concat([hex('0800 0000'), be32(7)]);
  }
}
