import {
  Bool,
  Dictionary,
  FixedSizeBinary,
  Int32,
  TimestampMicrosecond,
  Uint16,
  Uint32,
  Uint64,
  Uint8,
  Utf8,
  type DataType,
} from 'apache-arrow';
import { type Kind } from '#columns';

interface ArrowType {
  /** How Arrow's own tools print it; what decodeBatch demands of a column. */
  readonly text: string;
  /** Bits of one row in the column's values buffer. */
  readonly bits: number;
  /** @param id the dictionary's number; explicit, because automatic ones differ between schemas of one process */
  readonly create: (id: number) => DataType;
}

const u32: ArrowType = { text: 'uint32', bits: 32, create: () => new Uint32() };
const u64: ArrowType = { text: 'uint64', bits: 64, create: () => new Uint64() };
const dictionary: ArrowType = {
  text: 'dictionary<utf8, int32>',
  bits: 32,
  create: (id) => new Dictionary(new Utf8(), new Int32(), id),
};

/** The Arrow type of each kind, all without nulls. */
export const arrowTypes = {
  timestamp: { text: 'timestamp[us, UTC]', bits: 64, create: () => new TimestampMicrosecond('UTC') },
  u8: { text: 'uint8', bits: 8, create: () => new Uint8() },
  u16: { text: 'uint16', bits: 16, create: () => new Uint16() },
  u32,
  u64,
  bool: { text: 'bool', bits: 1, create: () => new Bool() },
  name: dictionary,
  enum: dictionary,
  ip: { text: 'fixed_size_binary(16)', bits: 128, create: () => new FixedSizeBinary(16) },
  mac: u64,
  flags: u32,
} satisfies Record<Kind, ArrowType>;

/** @returns the bytes that `rows` values of the kind need */
export const valueBytes = (kind: Kind, rows: number): number => Math.ceil((arrowTypes[kind].bits * rows) / 8);
