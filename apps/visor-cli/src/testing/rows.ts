import { columns, type ColumnName, type JsonRow, type JsonValue, type Kind } from '#columns';

const absent = {
  timestamp: '1970-01-01T00:00:00.000000Z',
  u8: 0,
  u16: 0,
  u32: 0,
  u64: '0',
  bool: false,
  name: '',
  enum: '',
  ip: '',
  mac: '',
  flags: '',
} satisfies Record<Kind, JsonValue>;

const empty = Object.fromEntries(columns.map(({ name, kind }) => [name, absent[kind]])) as JsonRow;

/** The packet of the design's example: a SYN that a rule dropped. */
export const example: JsonRow = {
  ...empty,
  ts: '2026-11-21T14:03:11.204518Z',
  agent_id: 'web1',
  packet_id: '9007199254740993',
  fate: 'dropped',
  decisive: true,
  type: 'rule',
  family: 'inet',
  table: 'filter',
  chain: 'forward',
  hook: 'forward',
  handle: '12',
  rule: 'tcp dport 8443 drop',
  verdict: 'drop',
  iif: 'eth0',
  oif: 'eth1',
  hw_src: '02:00:00:00:00:01',
  hw_dst: '02:00:00:00:00:02',
  ether_type: 'ip',
  ip_src: '10.0.0.2',
  ip_dst: '10.0.1.2',
  proto: 'tcp',
  len: 60,
  ttl: 63,
  sport: 51034,
  dport: 8443,
  tcp_flags: 'SYN',
};

/** @returns a row as the hub sends it: the example with these values */
export function rowJson(values: Partial<Record<ColumnName, JsonValue>> = {}): string {
  return JSON.stringify({ ...example, ...values });
}
