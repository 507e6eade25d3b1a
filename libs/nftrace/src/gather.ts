import { agentColumns, type AgentColumnName, type ColumnBatch, type Kind } from '#columns';
import { rareBit } from './rare-columns.js';

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

/** Addresses in words of 32 bits: their bytes one by one take three times as long. */
function addresses(to: Uint32Array, at: number, from: Uint32Array, rows: Int32Array, count: number): void {
  for (let i = 0; i < count; i++) {
    const source = 4 * (rows[i] as number);
    const target = 4 * (at + i);
    to[target] = from[source] as number;
    to[target + 1] = from[source + 1] as number;
    to[target + 2] = from[source + 2] as number;
    to[target + 3] = from[source + 3] as number;
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

const kindOf = new Map<AgentColumnName, Kind>(agentColumns.map((c) => [c.name, c.kind]));

const ALL = 0xff;

interface Step {
  readonly gather: Gather;
  readonly from: never;
  to: never;
  /** See rare-columns.ts; 0 = every row may have something */
  readonly rare: number;
  /** Rows of `to` below this may have something */
  filled: number;
}

/** @returns a column's values as its Gather takes them */
function valuesOf(batch: ColumnBatch, name: AgentColumnName): never {
  const column = batch.data[name];
  return (kindOf.get(name) === 'ip' ? wordsOf(column) : column) as never;
}

/** @returns the same memory; a column has a buffer of its own, so that it is aligned */
export function wordsOf(column: Uint8Array | Uint16Array | Uint32Array | Int32Array): Uint32Array {
  return new Uint32Array(column.buffer, column.byteOffset, column.byteLength / 4);
}

/** Copies some columns of one batch's rows to another batch, wherever the rows stand. */
export class Gatherer {
  readonly #steps: readonly Step[];
  #to: ColumnBatch | undefined;

  constructor(
    private readonly names: readonly AgentColumnName[],
    from: ColumnBatch,
  ) {
    this.#steps = names.map((name) => ({
      gather: byKind[kindOf.get(name) as Kind],
      from: valuesOf(from, name),
      to: undefined as never,
      rare: rareBit(name),
      filled: 0,
    }));
  }

  /**
   * Copies the rows `rows[0..count)` to rows [at, at + count) of `to`.
   * @param rare the groups of columns of which any of these rows has something
   */
  copy(to: ColumnBatch, at: number, rows: Int32Array, count: number, rare = ALL): void {
    if (to !== this.#to) this.#aim(to);
    for (const step of this.#steps) {
      if (step.rare === 0 || (step.rare & rare) !== 0) {
        step.gather(step.to, at, step.from, rows, count);
        step.filled = Math.max(step.filled, at + count);
      } else if (step.filled > at) {
        (step.to as Uint32Array).fill(0, at, at + count);
      }
    }
  }

  /** Looking some forty columns up by name costs more than copying the few rows that a quiet moment brings. */
  #aim(to: ColumnBatch): void {
    this.#to = to;
    for (const [i, step] of this.#steps.entries()) {
      step.to = valuesOf(to, this.names[i] as AgentColumnName);
      step.filled = to.capacity;
    }
  }
}
