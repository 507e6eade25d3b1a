/** Names of what rows have as numbers because the columns have no name for it: for people, not for filters. */

/** IP protocols, by the registry of IANA. */
const protocols: Readonly<Record<string, string>> = {
  3: 'ggp',
  5: 'st',
  8: 'egp',
  9: 'igp',
  12: 'pup',
  27: 'rdp',
  45: 'idrp',
  57: 'skip',
  81: 'vmtp',
  88: 'eigrp',
  97: 'etherip',
  98: 'encap',
  108: 'ipcomp',
  113: 'pgm',
  124: 'isis',
  133: 'fc',
  135: 'mobility-header',
  137: 'mpls-in-ip',
  138: 'manet',
  139: 'hip',
  140: 'shim6',
  141: 'wesp',
  142: 'rohc',
  143: 'ethernet',
};

/** Ether types, by linux/if_ether.h. */
const etherTypes: Readonly<Record<string, string>> = {
  '0x0200': 'pup',
  '0x22f0': 'tsn',
  '0x22f3': 'trill',
  '0x6003': 'decnet',
  '0x8035': 'rarp',
  '0x809b': 'appletalk',
  '0x80f3': 'aarp',
  '0x8100': 'vlan',
  '0x8137': 'ipx',
  '0x8808': 'pause',
  '0x8809': 'slow',
  '0x8847': 'mpls',
  '0x8848': 'mpls-mc',
  '0x8863': 'pppoe-disc',
  '0x8864': 'pppoe',
  '0x888e': 'eapol',
  '0x8892': 'profinet',
  '0x88a2': 'aoe',
  '0x88a4': 'ethercat',
  '0x88a8': 'qinq',
  '0x88c7': 'preauth',
  '0x88cc': 'lldp',
  '0x88e5': 'macsec',
  '0x88e7': 'pbb',
  '0x88f5': 'mvrp',
  '0x88f7': 'ptp',
  '0x88fb': 'prp',
  '0x8902': 'cfm',
  '0x8906': 'fcoe',
  '0x8914': 'fip',
  '0x892f': 'hsr',
  '0x9000': 'loopback',
  '0x9100': 'qinq',
};

/** @param protocol an IP protocol's number, `88`, or an ether type's, `0x88cc` @returns its name, '' without one */
export function protocolName(protocol: string): string {
  const names = protocol.startsWith('0x') ? etherTypes : protocols;
  return (Object.hasOwn(names, protocol) ? names[protocol] : undefined) ?? '';
}
