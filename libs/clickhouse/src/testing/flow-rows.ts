import {
  Bool,
  FixedSizeBinary,
  makeVector,
  Table,
  tableToIPC,
  TimestampMicrosecond,
  vectorFromArray,
} from 'apache-arrow';
import { type StoredBatch } from '../writer.js';
import { agentId, dayOf, text } from './batch.js';

/** A row with the columns that questions for groups are tested with. */
export interface FlowRow {
  /** µs */
  readonly ts: number;
  readonly packet_id: bigint;
  readonly hop: number;
  readonly decisive: boolean;
  readonly sampling: number;
  readonly fate: string;
  readonly handle: bigint;
  /** The last byte of an address of 10.0.0.0/24 */
  readonly ip_src: number;
  readonly dport: number;
  readonly sg_src: string;
  readonly len: number;
  readonly ttl: number;
  readonly hw_src: bigint;
  readonly tcp_flags: number;
}

/** @returns 16 bytes of each address */
function addresses(rows: readonly FlowRow[]): Uint8Array {
  const bytes = new Uint8Array(16 * rows.length);
  for (const [i, { ip_src }] of rows.entries())
    bytes.set([0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff, 10, 0, 0, ip_src], 16 * i);
  return bytes;
}

function streamOf(batchId: bigint, rows: readonly FlowRow[]): Uint8Array {
  const vectors = {
    ts: makeVector({
      type: new TimestampMicrosecond('UTC'),
      data: BigInt64Array.from(rows, ({ ts }) => BigInt(ts)),
    }),
    agent_id: text(rows.map(() => agentId)),
    packet_id: makeVector(BigUint64Array.from(rows, (row) => row.packet_id)),
    hop: makeVector(Uint16Array.from(rows, (row) => row.hop)),
    fate: text(rows.map((row) => row.fate)),
    decisive: vectorFromArray(
      rows.map((row) => row.decisive),
      new Bool(),
    ),
    sampling: makeVector(Uint32Array.from(rows, (row) => row.sampling)),
    handle: makeVector(BigUint64Array.from(rows, (row) => row.handle)),
    hw_src: makeVector(BigUint64Array.from(rows, (row) => row.hw_src)),
    ip_src: makeVector({ type: new FixedSizeBinary(16), length: rows.length, data: addresses(rows) }),
    len: makeVector(Uint32Array.from(rows, (row) => row.len)),
    ttl: makeVector(Uint8Array.from(rows, (row) => row.ttl)),
    dport: makeVector(Uint16Array.from(rows, (row) => row.dport)),
    tcp_flags: makeVector(Uint32Array.from(rows, (row) => row.tcp_flags)),
    sg_src: text(rows.map((row) => row.sg_src)),
    batch_id: makeVector(BigUint64Array.from(rows, () => batchId)),
  };
  return tableToIPC(new Table(vectors), 'stream');
}

/** A batch as the hub gives it to the store. */
export function flowBatch(batchId: bigint, rows: readonly FlowRow[]): StoredBatch {
  const days = [...new Set(rows.map(({ ts }) => dayOf(ts)))];
  const minutes = [...new Set(rows.filter((r) => r.decisive).map(({ ts }) => Math.floor(ts / 60e6)))];
  const bytes = streamOf(batchId, rows);
  return { bytes, batchId, agentId, rows: rows.length, days, minutes, repeated: false, schema: 'flow' };
}
