import { type NumberNames } from './kinds.js';

/** IP protocol numbers (IANA) that have names here; the others are shown as their number. */
export const protocolNames: Readonly<Record<number, string>> = {
  0: 'hopopt',
  1: 'icmp',
  2: 'igmp',
  4: 'ipip',
  6: 'tcp',
  17: 'udp',
  33: 'dccp',
  41: 'ipv6',
  43: 'ipv6-route',
  44: 'ipv6-frag',
  46: 'rsvp',
  47: 'gre',
  50: 'esp',
  51: 'ah',
  58: 'icmpv6',
  59: 'ipv6-nonxt',
  60: 'ipv6-opts',
  89: 'ospf',
  103: 'pim',
  112: 'vrrp',
  115: 'l2tp',
  132: 'sctp',
  136: 'udplite',
};

/** What column `proto` shows. */
export const protocols: NumberNames = {
  names: protocolNames,
  aliases: { 'ipv6-icmp': 'icmpv6', icmp6: 'icmpv6', ipencap: 'ipip' },
  max: 0xff,
  show: String,
};

/** What column `ether_type` shows: the names are those of nft. */
export const etherTypes: NumberNames = {
  names: { 0x0800: 'ip', 0x0806: 'arp', 0x86dd: 'ip6' },
  aliases: { ipv4: 'ip', ipv6: 'ip6' },
  max: 0xffff,
  show: (number) => `0x${number.toString(16).padStart(4, '0')}`,
};

/** @returns how a cell shows a number */
export const numberName = ({ names, show }: NumberNames, number: number): string =>
  names[number] ?? show(number);
