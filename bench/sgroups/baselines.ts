import ipaddr from 'ipaddr.js';
import { type Cidr, type SgroupsData } from '#sgroups';

type Search = (address: Uint8Array) => number;

const bigintOf = (bytes: Uint8Array): bigint => BigInt(`0x${Buffer.from(bytes).toString('hex')}`);

/** What one would write first: for each length, the longest first, a map by the address's leading bits. */
export function bigintSearch(networks: readonly Cidr[]): Search {
  const byLength = new Map<number, Map<bigint, number>>();
  for (const [i, { words, length }] of networks.entries()) {
    const value = words.reduce((sum, word) => (sum << 32n) | BigInt(word), 0n);
    const map = byLength.get(length) ?? new Map<bigint, number>();
    map.set(value >> BigInt(128 - length), i + 1);
    byLength.set(length, map);
  }
  const lengths = [...byLength].sort(([a], [b]) => b - a);
  return (address) => {
    const value = bigintOf(address);
    for (const [length, map] of lengths) {
      const found = map.get(value >> BigInt(128 - length));
      if (found !== undefined) return found;
    }
    return 0;
  };
}

/** Every network asked, the longest that matches wins. */
export function linearSearch({ networks }: SgroupsData): Search {
  const parsed = networks.map(({ cidr }) => ipaddr.parseCIDR(cidr));
  return (bytes) => {
    const v6 = new ipaddr.IPv6([...bytes]);
    const address = v6.isIPv4MappedAddress() ? v6.toIPv4Address() : v6;
    let best = 0;
    let length = -1;
    for (const [i, cidr] of parsed.entries()) {
      if (cidr[0].kind() !== address.kind() || cidr[1] <= length || !address.match(cidr)) continue;
      best = i + 1;
      length = cidr[1];
    }
    return best;
  };
}
