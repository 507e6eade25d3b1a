/** Builds packets byte by byte, for what no socket sends. Fields are those of the RFCs; lengths may lie on purpose. */

export const etherTypes = { ip: 0x0800, arp: 0x0806, vlan: 0x8100, ip6: 0x86dd } as const;
export const protocols = { icmp: 1, tcp: 6, udp: 17, fragment: 44, icmpv6: 58, sctp: 132 } as const;

const u8 = (value: number) => Buffer.of(value & 0xff);
const u16 = (value: number) => Buffer.of(value >>> 8, value & 0xff);
const u32 = (value: number) => Buffer.concat([u16(value >>> 16), u16(value & 0xffff)]);

/** @returns the six bytes of `aa:bb:cc:dd:ee:ff` */
export const macBytes = (mac: string) => Buffer.from(mac.replaceAll(':', ''), 'hex');

/** @returns the four bytes of a dotted address */
export const ip4Bytes = (address: string) => Buffer.from(address.split('.').map(Number));

/** @returns the sixteen bytes of an IPv6 address */
export function ip6Bytes(address: string): Buffer {
  const [head = [], tail] = address.split('::').map((part) => part.split(':').filter(Boolean));
  const zeros = Array<string>(tail === undefined ? 0 : 8 - head.length - tail.length).fill('0');
  return Buffer.concat([...head, ...zeros, ...(tail ?? [])].map((group) => u16(parseInt(group, 16))));
}

/** RFC 1071. */
function checksum(bytes: Buffer): number {
  let sum = 0;
  for (let i = 0; i < bytes.length; i += 2) sum += ((bytes[i] ?? 0) << 8) | (bytes[i + 1] ?? 0);
  while (sum > 0xffff) sum = (sum & 0xffff) + (sum >>> 16);
  return ~sum & 0xffff;
}

export interface Ethernet {
  readonly dst: string;
  readonly src: string;
  readonly type: number;
  /** VLAN id of an 802.1Q tag; absent: untagged. */
  readonly vlan?: number;
}

export function ethernet({ dst, src, type, vlan }: Ethernet, payload: Buffer): Buffer {
  const tag = vlan === undefined ? [] : [u16(etherTypes.vlan), u16(vlan)];
  return Buffer.concat([macBytes(dst), macBytes(src), ...tag, u16(type), payload]);
}

export interface Ipv4 {
  readonly src: string;
  readonly dst: string;
  readonly protocol: number;
  readonly ident?: number;
  readonly ttl?: number;
  readonly dscp?: number;
  /** Fragment offset in bytes, a multiple of 8. */
  readonly offset?: number;
  readonly moreFragments?: boolean;
  /** What the header claims; absent: the truth. */
  readonly totalLength?: number;
}

export function ipv4(header: Ipv4, payload: Buffer): Buffer {
  const fragment = ((header.moreFragments ?? false) ? 0x2000 : 0) | ((header.offset ?? 0) >>> 3);
  const bytes = Buffer.concat([
    Buffer.of(0x45, (header.dscp ?? 0) << 2),
    u16(header.totalLength ?? 20 + payload.length),
    u16(header.ident ?? 1),
    u16(fragment),
    Buffer.of(header.ttl ?? 64, header.protocol, 0, 0),
    ip4Bytes(header.src),
    ip4Bytes(header.dst),
  ]);
  bytes.writeUInt16BE(checksum(bytes), 10);
  return Buffer.concat([bytes, payload]);
}

export interface Ipv6 {
  readonly src: string;
  readonly dst: string;
  /** Number of the protocol, or of the first extension header, that the payload starts with. */
  readonly next: number;
  readonly hopLimit?: number;
  readonly payloadLength?: number;
}

export function ipv6(header: Ipv6, payload: Buffer): Buffer {
  return Buffer.concat([
    u32(0x60000000),
    u16(header.payloadLength ?? payload.length),
    Buffer.of(header.next, header.hopLimit ?? 64),
    ip6Bytes(header.src),
    ip6Bytes(header.dst),
    payload,
  ]);
}

export interface Ipv6Fragment {
  readonly next: number;
  readonly ident: number;
  /** In bytes, a multiple of 8. */
  readonly offset: number;
  readonly moreFragments: boolean;
}

/** The fragment extension header (RFC 8200, 4.5) and what follows it. */
export function ipv6Fragment(header: Ipv6Fragment, payload: Buffer): Buffer {
  const position = header.offset | (header.moreFragments ? 1 : 0);
  return Buffer.concat([u8(header.next), u8(0), u16(position), u32(header.ident), payload]);
}

/** Without a checksum, which UDP over IPv4 may leave out. */
export function udp(sport: number, dport: number, payload: Buffer, length = 8 + payload.length): Buffer {
  return Buffer.concat([u16(sport), u16(dport), u16(length), u16(0), payload]);
}

/** A TCP header without options or a valid checksum: it is traced before the socket would refuse it. */
export function tcp(sport: number, dport: number, flags: number, seq = 1, ack = 0): Buffer {
  return Buffer.concat([
    u16(sport),
    u16(dport),
    u32(seq),
    u32(ack),
    Buffer.of(0x50, flags),
    u16(64240),
    u32(0),
  ]);
}

/** An ICMP message; `rest` follows type, code and checksum. */
export function icmp(type: number, code: number, rest: Buffer): Buffer {
  const bytes = Buffer.concat([Buffer.of(type, code, 0, 0), rest]);
  bytes.writeUInt16BE(checksum(bytes), 2);
  return bytes;
}

export interface Arp {
  /** 1 request, 2 reply. */
  readonly operation: number;
  readonly senderMac: string;
  readonly senderIp: string;
  readonly targetMac: string;
  readonly targetIp: string;
}

/** RFC 826 for Ethernet and IPv4. */
export function arp(message: Arp): Buffer {
  return Buffer.concat([
    u16(1),
    u16(etherTypes.ip),
    Buffer.of(6, 4),
    u16(message.operation),
    macBytes(message.senderMac),
    ip4Bytes(message.senderIp),
    macBytes(message.targetMac),
    ip4Bytes(message.targetIp),
  ]);
}
