import { ColumnBatch, type ColumnName, type StringTable } from '#columns';
import { FreeList } from './free-list.js';

/** What the kernel tells once per evaluation of a base chain, and the agent carries to each of its hops. */
export const segmentColumns = [
  'hook',
  'iif',
  'oif',
  'hw_src',
  'hw_dst',
  'ether_type',
  'vlan',
  'mark',
  'ip_src',
  'ip_dst',
  'proto',
  'len',
  'ttl',
  'dscp',
  'ip_ident',
  'frag_offset',
  'sport',
  'dport',
  'tcp_flags',
  'tcp_seq',
  'tcp_ack',
  'icmp_type',
  'icmp_code',
  'ct_id',
  'ct_dir',
  'ct_state',
  'ct_status',
  'sg_src',
  'sg_dst',
  'net_src',
  'net_dst',
] as const satisfies readonly ColumnName[];

/** The evaluations of base chains that open packets have gone through: headers by number. */
export class Segments {
  readonly columns: ColumnBatch;
  /** The packet's next segment, -1 at the end */
  readonly next: Int32Array;
  /** Where the evaluation started: what a second visit of the same chain is known by */
  readonly family: Uint8Array;
  readonly table: Int32Array;
  readonly chain: Int32Array;
  readonly free: FreeList;

  constructor(capacity: number, strings: StringTable) {
    this.columns = new ColumnBatch(capacity, strings, segmentColumns);
    this.next = new Int32Array(capacity);
    this.family = new Uint8Array(capacity);
    this.table = new Int32Array(capacity);
    this.chain = new Int32Array(capacity);
    this.free = new FreeList(capacity);
  }

  /** Empties a slot, for what its packet does not have. */
  clear(segment: number): void {
    this.next[segment] = -1;
    const data = this.columns.data;
    for (const name of oneWord) data[name][segment] = 0;
    for (const name of twoWords) data[name].fill(0, 2 * segment, 2 * segment + 2);
    data.ip_src.fill(0, 16 * segment, 16 * segment + 16);
    data.ip_dst.fill(0, 16 * segment, 16 * segment + 16);
  }
}

type SegmentColumn = (typeof segmentColumns)[number];
const twoWords = ['hw_src', 'hw_dst'] as const satisfies readonly SegmentColumn[];
const oneWord = segmentColumns.filter(
  (name): name is Exclude<SegmentColumn, 'hw_src' | 'hw_dst' | 'ip_src' | 'ip_dst'> =>
    name !== 'hw_src' && name !== 'hw_dst' && name !== 'ip_src' && name !== 'ip_dst',
);
