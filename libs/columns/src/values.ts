/** Values of the enum and flags columns, with the kernel's order where the kernel numbers them. */

export const fates = ['accepted', 'dropped', 'rejected', 'queued', 'stolen', 'unknown'] as const;
export type Fate = (typeof fates)[number];

/** enum nft_trace_types */
export const traceTypes = ['policy', 'return', 'rule'] as const;

export const verdicts = [
  'accept',
  'drop',
  'continue',
  'jump',
  'goto',
  'return',
  'break',
  'queue',
  'stolen',
  'repeat',
] as const;

export const families = ['ip', 'ip6', 'inet', 'arp', 'bridge', 'netdev'] as const;

export const hooks = [
  'ingress',
  'prerouting',
  'input',
  'forward',
  'output',
  'postrouting',
  'egress',
] as const;

export const ctDirections = ['original', 'reply'] as const;

/** RFC 9293 §3.1, from the lowest bit. */
export const tcpFlagBits = ['FIN', 'SYN', 'RST', 'PSH', 'ACK', 'URG', 'ECE', 'CWR'] as const;

/** NF_CT_STATE_BIT of enum ip_conntrack_info; 64 is NF_CT_STATE_UNTRACKED_BIT. */
export const ctStateBits = ['invalid', 'established', 'related', 'new', '', '', 'untracked'] as const;

/** enum ip_conntrack_status (uapi/linux/netfilter/nf_conntrack_common.h). */
export const ctStatusBits = [
  'expected',
  'seen_reply',
  'assured',
  'confirmed',
  'src_nat',
  'dst_nat',
  'seq_adjust',
  'src_nat_done',
  'dst_nat_done',
  'dying',
  'fixed_timeout',
  'template',
  'nat_clash',
  'helper',
  'offload',
  'hw_offload',
] as const;
