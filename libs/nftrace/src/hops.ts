import { type AgentColumnName, ColumnBatch, type StringTable } from '#columns';
import { FreeList } from './free-list.js';

/** What differs from event to event of a packet. */
export const hopColumns = [
  'ts',
  'packet_id',
  'hop',
  'trid',
  'fate',
  'decisive',
  'sampling',
  'type',
  'family',
  'table',
  'chain',
  'handle',
  'rule',
  'comment',
  'verdict',
  'jt',
  'table_version',
] as const satisfies readonly AgentColumnName[];

/** The events of open packets, by number. */
export class Hops {
  readonly columns: ColumnBatch;
  /** The packet's next hop, -1 at the end */
  readonly next: Int32Array;
  readonly segment: Int32Array;
  /** The table's NFPROTO_… family, as the rule index takes it */
  readonly nfproto: Uint8Array;
  readonly free: FreeList;

  constructor(capacity: number, strings: StringTable) {
    this.columns = new ColumnBatch(capacity, strings, hopColumns);
    this.next = new Int32Array(capacity);
    this.segment = new Int32Array(capacity);
    this.nfproto = new Uint8Array(capacity);
    this.free = new FreeList(capacity);
  }
}
