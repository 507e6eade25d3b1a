import { type BatchData, type ColumnBatch, columns, type ColumnName, type Kind } from '#columns';
import { hopColumns } from './hops.js';
import { segmentColumns } from './segments.js';

type Gather = (to: never, at: number, from: never, rows: Int32Array, count: number) => void;

/**
 * Copies `from[rows[i]]` to `to[at + i]`, a column at a time: one small loop a storage type, which the compiler can
 * keep monomorphic. Copying a row at a time over 40 columns of eight types costs several times as much.
 */
function bytes(to: Uint8Array, at: number, from: Uint8Array, rows: Int32Array, count: number): void {
  for (let i = 0; i < count; i++) to[at + i] = from[rows[i] as number] as number;
}

function shorts(to: Uint16Array, at: number, from: Uint16Array, rows: Int32Array, count: number): void {
  for (let i = 0; i < count; i++) to[at + i] = from[rows[i] as number] as number;
}

function words(to: Uint32Array, at: number, from: Uint32Array, rows: Int32Array, count: number): void {
  for (let i = 0; i < count; i++) to[at + i] = from[rows[i] as number] as number;
}

function numbers(to: Int32Array, at: number, from: Int32Array, rows: Int32Array, count: number): void {
  for (let i = 0; i < count; i++) to[at + i] = from[rows[i] as number] as number;
}

function pairs(to: Uint32Array, at: number, from: Uint32Array, rows: Int32Array, count: number): void {
  for (let i = 0; i < count; i++) {
    const row = rows[i] as number;
    to[2 * (at + i)] = from[2 * row] as number;
    to[2 * (at + i) + 1] = from[2 * row + 1] as number;
  }
}

function addresses(to: Uint8Array, at: number, from: Uint8Array, rows: Int32Array, count: number): void {
  for (let i = 0; i < count; i++) {
    const source = 16 * (rows[i] as number);
    const target = 16 * (at + i);
    for (let b = 0; b < 16; b++) to[target + b] = from[source + b] as number;
  }
}

const byKind = {
  timestamp: pairs,
  u8: bytes,
  u16: shorts,
  u32: words,
  u64: pairs,
  bool: bytes,
  name: numbers,
  enum: numbers,
  ip: addresses,
  mac: pairs,
  flags: words,
} satisfies Record<Kind, Gather>;

const kindOf = new Map<ColumnName, Kind>(columns.map((c) => [c.name, c.kind]));
const plan = (names: readonly ColumnName[]): readonly { name: ColumnName; gather: Gather }[] =>
  names.map((name) => ({ name, gather: byKind[kindOf.get(name) as Kind] }));
const hopPlan = plan(hopColumns);
const segmentPlan = plan(segmentColumns);

function run(
  steps: typeof hopPlan,
  to: BatchData,
  at: number,
  from: BatchData,
  rows: Int32Array,
  count: number,
): void {
  for (const { name, gather } of steps) gather(to[name] as never, at, from[name] as never, rows, count);
}

/** Copies the columns that a hop has of its own to rows [at, at + count) of a batch. */
export function gatherHops(
  to: ColumnBatch,
  at: number,
  from: ColumnBatch,
  rows: Int32Array,
  count: number,
): void {
  run(hopPlan, to.data, at, from.data, rows, count);
}

/** Copies the columns that a hop shares with its base chain's evaluation. */
export function gatherSegments(
  to: ColumnBatch,
  at: number,
  from: ColumnBatch,
  rows: Int32Array,
  count: number,
): void {
  run(segmentPlan, to.data, at, from.data, rows, count);
}
