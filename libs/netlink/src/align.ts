/** NLMSG_ALIGN and NLA_ALIGN: both round up to four. */
export function align4(length: number): number {
  return (length + 3) & ~3;
}

/** Values of the message header and of attribute headers are in host order; every CPU that Node runs on is little-endian. */
export function u16le(buffer: Uint8Array, at: number): number {
  return (buffer[at] ?? 0) | ((buffer[at + 1] ?? 0) << 8);
}

export function u32le(buffer: Uint8Array, at: number): number {
  const low = (buffer[at] ?? 0) | ((buffer[at + 1] ?? 0) << 8);
  return (low | ((buffer[at + 2] ?? 0) << 16) | ((buffer[at + 3] ?? 0) << 24)) >>> 0;
}

/** Netfilter's attribute values and packet headers are in network order. */
export function u16be(buffer: Uint8Array, at: number): number {
  return ((buffer[at] ?? 0) << 8) | (buffer[at + 1] ?? 0);
}

export function u32be(buffer: Uint8Array, at: number): number {
  const high = ((buffer[at] ?? 0) << 24) | ((buffer[at + 1] ?? 0) << 16);
  return (high | ((buffer[at + 2] ?? 0) << 8) | (buffer[at + 3] ?? 0)) >>> 0;
}
