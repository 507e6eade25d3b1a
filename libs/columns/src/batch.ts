import {
  agentColumns,
  type AgentColumnName,
  type ColumnName,
  columns,
  type KindOf,
  type RowSource,
  type ValueOf,
} from './columns.js';
import { emptyValues, type Kind } from './kinds.js';
import { type StringHolder, StringTable } from './strings.js';

/**
 * How a batch keeps `capacity` values of a kind. Strings are numbers of the batch's StringTable; 64-bit values are
 * pairs of u32 (low word first), so that writing one makes no bigint.
 */
const allocate = {
  timestamp: (n: number) => new Uint32Array(2 * n),
  u8: (n: number) => new Uint8Array(n),
  u16: (n: number) => new Uint16Array(n),
  u32: (n: number) => new Uint32Array(n),
  u64: (n: number) => new Uint32Array(2 * n),
  bool: (n: number) => new Uint8Array(n),
  name: (n: number) => new Int32Array(n),
  enum: (n: number) => new Int32Array(n),
  ip: (n: number) => new Uint8Array(16 * n),
  mac: (n: number) => new Uint32Array(2 * n),
  flags: (n: number) => new Uint32Array(n),
} satisfies { [K in Kind]: (capacity: number) => Uint8Array | Uint16Array | Uint32Array | Int32Array };

export type Storage = { [K in Kind]: ReturnType<(typeof allocate)[K]> };
export type BatchData = { readonly [N in AgentColumnName]: Storage[KindOf<N>] };

type Reader = (data: never, row: number, strings: StringTable) => unknown;

const word64 = (data: Uint32Array, row: number): bigint =>
  (BigInt(data[2 * row + 1] ?? 0) << 32n) | BigInt(data[2 * row] ?? 0);
const number = (data: Uint8Array | Uint16Array | Uint32Array, row: number): number => data[row] ?? 0;
const string = (data: Int32Array, row: number, strings: StringTable): string => strings.text(data[row] ?? 0);

const read = {
  timestamp: (data: Uint32Array, row: number) => (data[2 * row + 1] ?? 0) * 2 ** 32 + (data[2 * row] ?? 0),
  u8: number,
  u16: number,
  u32: number,
  u64: word64,
  bool: (data: Uint8Array, row: number) => data[row] === 1,
  name: string,
  enum: string,
  ip: (data: Uint8Array, row: number) => data.subarray(16 * row, 16 * row + 16),
  mac: word64,
  flags: number,
} satisfies Record<Kind, Reader>;

const kindOf = new Map<ColumnName, Kind>(columns.map((c) => [c.name, c.kind]));

/** Rows of trace events as typed arrays, one for each column of an agent, filled in place and reused. */
export class ColumnBatch implements RowSource, StringHolder {
  readonly data: BatchData;
  rows = 0;

  /**
   * @param capacity rows it can hold
   * @param strings where its strings are numbered; may serve many batches
   * @param only the columns to allocate; the others hold nothing
   */
  constructor(
    readonly capacity: number,
    readonly strings: StringTable = new StringTable(),
    only?: readonly AgentColumnName[],
  ) {
    const size = (name: AgentColumnName): number => (!only || only.includes(name) ? capacity : 0);
    this.data = Object.fromEntries(
      agentColumns.map((c) => [c.name, allocate[c.kind](size(c.name))]),
    ) as unknown as BatchData;
  }

  /** Calls `keep` with the number of every string in rows [0, rows). */
  markStrings(keep: (id: number) => void, rows = this.rows): void {
    for (const { name, kind } of agentColumns) {
      if (kind !== 'name' && kind !== 'enum') continue;
      const ids = this.data[name];
      for (let row = 0; row < Math.min(rows, ids.length); row++) keep(ids[row] as number);
    }
  }

  get<N extends ColumnName>(column: N, row: number): ValueOf<N> {
    const kind = kindOf.get(column) as Kind;
    const data: Storage[Kind] | undefined = this.data[column as AgentColumnName];
    const value = data ? (read[kind] as Reader)(data as never, row, this.strings) : emptyValues[kind];
    return value as ValueOf<N>;
  }
}
