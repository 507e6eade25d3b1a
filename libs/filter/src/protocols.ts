import { protocolNames } from '#columns';

const aliases: Readonly<Record<string, string>> = { 'ipv6-icmp': 'icmpv6', icmp6: 'icmpv6', ipencap: 'ipip' };

/** @returns how column `proto` has the protocol that the user names by name or number */
export function protocolName(text: string): string {
  const lower = text.toLowerCase();
  if (/^\d{1,3}$/.test(lower)) return protocolNames[Number(lower)] ?? String(Number(lower));
  return Object.hasOwn(aliases, lower) ? (aliases[lower] ?? lower) : lower;
}
