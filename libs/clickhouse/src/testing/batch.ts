import {
  Bool,
  Dictionary,
  Int32,
  makeVector,
  Table,
  tableToIPC,
  TimestampMicrosecond,
  Utf8,
  vectorFromArray,
  type Vector,
} from 'apache-arrow';
import { type StoredBatch } from '../writer.js';

export interface TestRow {
  /** µs */
  readonly ts: number;
  readonly packet_id: bigint;
  readonly hop?: number;
  readonly table?: string;
  readonly decisive?: boolean;
  readonly len?: number;
  readonly sampling?: number;
}

export const agentId = "o'brien\\1";

const DAY_US = 86_400_000_000;
export const nowUs = (): number => Date.now() * 1000;

/** @returns the UTC day of a time in µs */
export const dayOf = (us: number): string => new Date(us / 1000).toISOString().slice(0, 10);

/** Noon, so many UTC days ago: rows around it are of one day. */
export const noonUs = (daysAgo: number): number => (Math.floor(nowUs() / DAY_US) - daysAgo + 0.5) * DAY_US;

export function text(values: readonly string[]): Vector<Dictionary<Utf8, Int32>> {
  const used = [...new Set(values)];
  const numbers = new Map(used.map((value, i) => [value, i]));
  return makeVector({
    type: new Dictionary(new Utf8(), new Int32()),
    data: Int32Array.from(values, (value) => numbers.get(value) ?? 0),
    dictionary: vectorFromArray(used, new Utf8()),
  });
}

/** An Arrow stream of some of the columns, as an older agent may send it. */
export function streamOf(batchId: bigint, rows: readonly TestRow[]): Uint8Array {
  const vectors = {
    ts: makeVector({
      type: new TimestampMicrosecond('UTC'),
      data: BigInt64Array.from(rows, ({ ts }) => BigInt(ts)),
    }),
    agent_id: text(rows.map(() => agentId)),
    packet_id: makeVector(BigUint64Array.from(rows, (row) => row.packet_id)),
    hop: makeVector(Uint16Array.from(rows, (row) => row.hop ?? 0)),
    table: text(rows.map((row) => row.table ?? 'filter')),
    decisive: vectorFromArray(
      rows.map((row) => row.decisive ?? false),
      new Bool(),
    ),
    len: makeVector(Uint32Array.from(rows, (row) => row.len ?? 0)),
    sampling: makeVector(Uint32Array.from(rows, (row) => row.sampling ?? 0)),
    batch_id: makeVector(BigUint64Array.from(rows, () => batchId)),
  };
  return tableToIPC(new Table(vectors), 'stream');
}

/** A batch as the hub gives it to the store. */
export function batchOf(batchId: bigint, rows: readonly TestRow[], repeated = false): StoredBatch {
  const days = [...new Set(rows.map(({ ts }) => dayOf(ts)))];
  const minutes = [...new Set(rows.filter((r) => r.decisive).map(({ ts }) => Math.floor(ts / 60e6)))];
  const bytes = streamOf(batchId, rows);
  return { bytes, batchId, agentId, rows: rows.length, days, minutes, repeated, schema: 'test' };
}
