import { inPrefix, parsePrefix, type Prefix } from '#filter';

/**
 * Addresses that are nobody's on the Internet: the special-purpose registries of IANA (RFC 6890 and its successors),
 * as far as they are not globally reachable. A database may list them all the same, or have a network around them.
 */
const reserved4 = [
  '0.0.0.0/8',
  '10.0.0.0/8',
  '100.64.0.0/10',
  '127.0.0.0/8',
  '169.254.0.0/16',
  '172.16.0.0/12',
  '192.0.0.0/24',
  '192.0.2.0/24',
  '192.168.0.0/16',
  '198.18.0.0/15',
  '198.51.100.0/24',
  '203.0.113.0/24',
  '224.0.0.0/3',
];

/** Within 2000::/3, outside of which no IPv6 address has an owner. */
const reserved6 = ['2001:2::/48', '2001:10::/28', '2001:20::/28', '2001:db8::/32', '3fff::/20'];

const parse = (text: string): Prefix => parsePrefix(text) as Prefix;
const reserved = [...reserved4, ...reserved6].map(parse);
const owned = ['::ffff:0:0/96', '2000::/3'].map(parse);

/** @param bytes 16 bytes, IPv4 mapped */
export function isPublic(bytes: Uint8Array): boolean {
  const within = (prefix: Prefix): boolean => inPrefix(bytes, prefix);
  return owned.some(within) && !reserved.some(within);
}
