import { type BatchData } from '#columns';
import { u16be, u32be } from '#netlink';
import { ARPHRD_ETHER, ARPHRD_LOOPBACK } from '../attributes.js';
import { type TraceEvent } from '../event.js';
import { ETHERTYPE } from './protocols.js';

/** dst 6, src 6, type 2 (struct ethhdr); with a tag: TPID 2, TCI 2, type 2 (struct vlan_ethhdr) */
const ETH_HLEN = 14;
const VLAN_ETH_HLEN = 18;

/**
 * Writes the addresses and the VLAN of a link header. The kernel sends 18 bytes when the card took the tag off.
 * @returns the ether type, 0 when there is no Ethernet header
 */
export function parseLink(event: TraceEvent, data: BatchData, segment: number): number {
  const { bytes, linkAt: at, linkLength } = event;
  const linkType = event.iif !== 0 ? event.iifType : event.oifType;
  const ethernet = linkType === ARPHRD_ETHER || linkType === ARPHRD_LOOPBACK || linkType === 0;
  if (linkLength < ETH_HLEN || !ethernet) return 0;
  writeMac(data.hw_dst, segment, bytes, at);
  writeMac(data.hw_src, segment, bytes, at + 6);
  const type = u16be(bytes, at + 12);
  if ((type !== ETHERTYPE.VLAN && type !== ETHERTYPE.QINQ) || linkLength < VLAN_ETH_HLEN) return type;
  data.vlan[segment] = u16be(bytes, at + 14) & 0x0fff;
  return u16be(bytes, at + 16);
}

export function writeMac(column: Uint32Array, segment: number, bytes: Uint8Array, at: number): void {
  column[2 * segment + 1] = u16be(bytes, at);
  column[2 * segment] = u32be(bytes, at + 2);
}
