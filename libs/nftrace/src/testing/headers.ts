import { be16, be32 } from './trace-message.js';

/** @returns bytes of hexadecimal text; white space is for people */
export const hex = (text: string): Buffer => Buffer.from(text.replace(/\s/g, ''), 'hex');

const address4 = (text: string): Buffer => Buffer.from(text.split('.').map(Number));

/** An IPv4 header without options (RFC 791) */
export function ipv4(options: {
  src: string;
  dst: string;
  proto: number;
  len?: number;
  ident?: number;
  ttl?: number;
  fragment?: number;
}): Buffer {
  const { src, dst, proto, len = 60, ident = 7, ttl = 64, fragment = 0 } = options;
  return Buffer.concat([
    Buffer.of(0x45, 0xb8),
    be16(len),
    be16(ident),
    be16(fragment),
    Buffer.of(ttl, proto, 0, 0),
    address4(src),
    address4(dst),
  ]);
}

export function tcp(options: {
  sport: number;
  dport: number;
  seq?: number;
  ack?: number;
  flags?: number;
  window?: number;
}): Buffer {
  const { sport, dport, seq = 1, ack = 0, flags = 2, window = 0 } = options;
  return Buffer.concat([
    be16(sport),
    be16(dport),
    be32(seq),
    be32(ack),
    Buffer.of(0x50, flags),
    be16(window),
    Buffer.alloc(4),
  ]);
}

export function udp(options: { sport: number; dport: number; length?: number }): Buffer {
  return Buffer.concat([be16(options.sport), be16(options.dport), be16(options.length ?? 8), be16(0)]);
}
