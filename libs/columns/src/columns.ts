import { type ColumnDefinition, type Kind, type KindValue } from './kinds.js';
import { etherTypes, protocols } from './protocols.js';
import {
  ctDirections,
  ctStateBits,
  ctStatusBits,
  families,
  fates,
  hooks,
  tcpFlagBits,
  traceTypes,
  verdicts,
} from './values.js';

/**
 * Every field of a trace event, once. One event of the kernel ("hop") is one row of table `traces`.
 * Arrow schema, DDL, JSON, OpenAPI, filter parameters and CLI flags derive from this table.
 */
export const columns = [
  { name: 'ts', kind: 'timestamp', group: 'when', doc: 'When the agent received the event (UTC, µs)' },
  {
    name: 'agent_id',
    kind: 'name',
    group: 'when',
    rollup: true,
    doc: 'The agent that saw it; by default its host name',
  },
  { name: 'netns', kind: 'name', group: 'when', doc: "Network namespace; empty = the agent's own" },

  { name: 'packet_id', kind: 'u64', group: 'packet', doc: 'The packet, unique; all of its hops bear it' },
  { name: 'hop', kind: 'u16', group: 'packet', doc: "Number of the event within its packet's way, from 0" },
  { name: 'trid', kind: 'u32', group: 'packet', doc: "The kernel's trace id; the kernel reuses it at once" },
  {
    name: 'fate',
    kind: 'enum',
    values: fates,
    group: 'packet',
    rollup: true,
    doc: 'What became of the packet',
  },
  {
    name: 'decisive',
    kind: 'bool',
    group: 'packet',
    doc: 'Whether this hop decided the fate: one per packet',
  },
  {
    name: 'sampling',
    kind: 'u32',
    group: 'packet',
    doc: 'How many packets this one stands for: 1, or more where a limit made the agent sample',
  },

  { name: 'type', kind: 'enum', values: traceTypes, group: 'ruleset', doc: 'What the event reports' },
  {
    name: 'family',
    kind: 'enum',
    values: families,
    group: 'ruleset',
    rollup: true,
    doc: "The table's family",
  },
  { name: 'table', kind: 'name', group: 'ruleset', rollup: true, doc: 'Table' },
  { name: 'chain', kind: 'name', group: 'ruleset', rollup: true, doc: 'Chain' },
  {
    name: 'hook',
    kind: 'enum',
    values: hooks,
    group: 'ruleset',
    doc: 'Hook of the base chain being evaluated',
  },
  {
    name: 'handle',
    kind: 'u64',
    group: 'ruleset',
    rollup: true,
    doc: "The rule's handle; unique within its table, 0 = none",
  },
  {
    name: 'rule',
    kind: 'name',
    group: 'ruleset',
    rollup: true,
    doc: "The rule's text as nft prints it, without counters",
  },
  { name: 'comment', kind: 'name', group: 'ruleset', doc: "The rule's comment" },
  { name: 'verdict', kind: 'enum', values: verdicts, group: 'ruleset', doc: "The event's verdict" },
  { name: 'jt', kind: 'name', group: 'ruleset', doc: 'Target chain of a jump or goto' },
  { name: 'table_version', kind: 'name', group: 'ruleset', doc: "Hash of the table's text at that time" },

  { name: 'iif', kind: 'name', group: 'link', rollup: true, doc: 'Input interface' },
  { name: 'oif', kind: 'name', group: 'link', rollup: true, doc: 'Output interface' },
  { name: 'hw_src', kind: 'mac', group: 'link', doc: 'Source hardware address' },
  { name: 'hw_dst', kind: 'mac', group: 'link', doc: 'Destination hardware address' },
  {
    name: 'ether_type',
    kind: 'name',
    numbers: etherTypes,
    group: 'link',
    doc: 'ip, ip6, arp, or the number (0x88cc)',
  },
  { name: 'vlan', kind: 'u16', group: 'link', doc: 'VLAN id, 0 = untagged' },
  { name: 'mark', kind: 'u32', group: 'link', doc: 'Packet mark' },

  { name: 'ip_src', kind: 'ip', group: 'network', rollup: true, doc: 'Source address (of ARP: the sender)' },
  {
    name: 'ip_dst',
    kind: 'ip',
    group: 'network',
    rollup: true,
    doc: 'Destination address (of ARP: the target)',
  },
  {
    name: 'proto',
    kind: 'name',
    numbers: protocols,
    group: 'network',
    rollup: true,
    doc: 'tcp, udp, icmp, icmpv6, sctp, … or the number',
  },
  { name: 'len', kind: 'u32', group: 'network', doc: 'Length of the IP packet in bytes' },
  { name: 'ttl', kind: 'u8', group: 'network', doc: 'Time to live, or hop limit' },
  { name: 'dscp', kind: 'u8', group: 'network', doc: 'Differentiated services code point' },
  { name: 'ip_ident', kind: 'u32', group: 'network', doc: 'IP identification' },
  { name: 'frag_offset', kind: 'u16', group: 'network', doc: 'Fragment offset in bytes' },

  { name: 'sport', kind: 'u16', group: 'transport', doc: 'Source port' },
  { name: 'dport', kind: 'u16', group: 'transport', rollup: true, doc: 'Destination port' },
  { name: 'tcp_flags', kind: 'flags', bits: tcpFlagBits, group: 'transport', doc: 'TCP flags' },
  { name: 'tcp_seq', kind: 'u32', group: 'transport', doc: 'TCP sequence number' },
  { name: 'tcp_ack', kind: 'u32', group: 'transport', doc: 'TCP acknowledgement number' },
  { name: 'tcp_window', kind: 'u16', group: 'transport', doc: 'TCP window, unscaled' },
  { name: 'icmp_type', kind: 'u8', group: 'transport', doc: 'ICMP or ICMPv6 type' },
  { name: 'icmp_code', kind: 'u8', group: 'transport', doc: 'ICMP or ICMPv6 code' },

  { name: 'ct_id', kind: 'u32', group: 'conntrack', doc: 'Connection id (kernel 6.16 and later)' },
  {
    name: 'ct_dir',
    kind: 'enum',
    values: ctDirections,
    group: 'conntrack',
    doc: 'Direction in the connection',
  },
  { name: 'ct_state', kind: 'flags', bits: ctStateBits, group: 'conntrack', doc: 'Connection state' },
  { name: 'ct_status', kind: 'flags', bits: ctStatusBits, group: 'conntrack', doc: 'Connection status' },

  {
    name: 'sg_src',
    kind: 'name',
    list: true,
    group: 'enrichment',
    rollup: true,
    doc: 'Security groups of the source',
  },
  {
    name: 'sg_dst',
    kind: 'name',
    list: true,
    group: 'enrichment',
    rollup: true,
    doc: 'Security groups of the destination',
  },
  {
    name: 'net_src',
    kind: 'name',
    list: true,
    group: 'enrichment',
    rollup: true,
    doc: 'Network of the source',
  },
  {
    name: 'net_dst',
    kind: 'name',
    list: true,
    group: 'enrichment',
    rollup: true,
    doc: 'Network of the destination',
  },
  {
    name: 'country_src',
    kind: 'name',
    group: 'enrichment',
    addedBy: 'hub',
    doc: 'Country of the source by GeoIP (ISO 3166-1: DE), empty = unknown',
  },
  {
    name: 'country_dst',
    kind: 'name',
    group: 'enrichment',
    addedBy: 'hub',
    doc: 'Country of the destination by GeoIP (ISO 3166-1: DE), empty = unknown',
  },
  {
    name: 'asn_src',
    kind: 'u32',
    group: 'enrichment',
    addedBy: 'hub',
    doc: 'Autonomous system of the source by GeoIP, 0 = unknown',
  },
  {
    name: 'asn_dst',
    kind: 'u32',
    group: 'enrichment',
    addedBy: 'hub',
    doc: 'Autonomous system of the destination by GeoIP, 0 = unknown',
  },

  {
    name: 'batch_id',
    kind: 'u64',
    group: 'delivery',
    doc: 'The batch that brought the row: run and counter',
  },
] as const satisfies readonly ColumnDefinition[];

export type Column = (typeof columns)[number];
export type ColumnName = Column['name'];
export type KindOf<N extends ColumnName> = Extract<Column, { name: N }>['kind'];
export type ValueOf<N extends ColumnName> = KindValue[KindOf<N>];

type AddedColumn = Extract<Column, { addedBy: 'hub' }>;
type AgentColumn = Exclude<Column, AddedColumn>;

/** Of the columns that the hub adds to an agent's rows. */
export type HubColumnName = AddedColumn['name'];
/** Of the columns that an agent's batch has. */
export type AgentColumnName = AgentColumn['name'];

/** The columns of an agent's batch, in their order. */
export const agentColumns: readonly AgentColumn[] = columns.filter(
  (column): column is AgentColumn => !('addedBy' in column),
);

type RollupColumn = Extract<Column, { rollup: true }>;

/** The columns by which the rollup counts packets. */
export const rollupColumns: readonly RollupColumn[] = columns.filter(
  (column): column is RollupColumn => 'rollup' in column,
);

/** The columns of some kinds, for types that treat only those. */
export type ColumnOfKind<K extends Kind> = Extract<Column, { kind: K }>['name'];

const byName = new Map<string, ColumnDefinition & { name: ColumnName }>(columns.map((c) => [c.name, c]));

/** @returns the column of that name; `-` and `_` mean the same, case does not matter. */
export function findColumn(name: string): (ColumnDefinition & { name: ColumnName }) | undefined {
  return byName.get(name.toLowerCase().replaceAll('-', '_'));
}

/** @returns the column's name as a CLI flag and a URL parameter bears it: `ip-src`. */
export function flagName(name: string): string {
  return name.replaceAll('_', '-');
}

/** Rows of trace events, wherever they are kept: one value by column and row. */
export interface RowSource {
  readonly rows: number;
  get<N extends ColumnName>(column: N, row: number): ValueOf<N>;
}
