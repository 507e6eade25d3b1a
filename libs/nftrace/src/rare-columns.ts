import { type AgentColumnName, type BatchData } from '#columns';

/**
 * Columns that most packets leave empty, in groups that are empty together. A segment notes which of them it has, so
 * that those which a whole chunk of rows lacks need be neither emptied nor copied.
 */
const groups = [
  ['vlan'],
  ['mark'],
  ['dscp'],
  ['frag_offset'],
  ['tcp_flags', 'tcp_seq', 'tcp_ack', 'tcp_window'],
  ['icmp_type', 'icmp_code'],
  ['ct_id', 'ct_dir', 'ct_state', 'ct_status'],
  ['sg_src', 'sg_dst', 'net_src', 'net_dst'],
] as const satisfies readonly (readonly AgentColumnName[])[];

const bitOf = new Map<AgentColumnName, number>(
  groups.flatMap((names, bit) => names.map((name): [AgentColumnName, number] => [name, 1 << bit])),
);

/** @returns the bit of the column's group; 0 for a column that is looked at always */
export function rareBit(name: AgentColumnName): number {
  return bitOf.get(name) ?? 0;
}

/** @returns the bits of the groups of which a segment has anything */
export function rareGroups(data: BatchData, segment: number): number {
  return (
    (data.vlan[segment] ? 1 : 0) |
    (data.mark[segment] ? 2 : 0) |
    (data.dscp[segment] ? 4 : 0) |
    (data.frag_offset[segment] ? 8 : 0) |
    (data.tcp_flags[segment] || data.tcp_seq[segment] || data.tcp_ack[segment] || data.tcp_window[segment]
      ? 16
      : 0) |
    (data.icmp_type[segment] || data.icmp_code[segment] ? 32 : 0) |
    (data.ct_id[segment] || data.ct_dir[segment] || data.ct_state[segment] || data.ct_status[segment]
      ? 64
      : 0) |
    (data.sg_src[segment] || data.sg_dst[segment] || data.net_src[segment] || data.net_dst[segment] ? 128 : 0)
  );
}
