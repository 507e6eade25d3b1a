import {
  type ColumnDefinition,
  type ColumnName,
  emptyValues,
  findColumn,
  type Kind,
  type KindValue,
  type RowSource,
  type ValueOf,
} from '#columns';
import { parseAddress, parseInstant } from '#filter';

/** A row as JSON has it; a column may be missing. */
export type SavedRow = Readonly<Record<string, unknown>>;

/** A value that no column of its kind has. */
class BadValue extends Error {}

function numberOf(value: unknown): number {
  if (typeof value === 'number' && Number.isSafeInteger(value) && value >= 0) return value;
  throw new BadValue('is not a whole number');
}

function textOf(value: unknown): string {
  if (typeof value === 'string') return value;
  throw new BadValue('is not a text');
}

function u64(value: unknown): bigint {
  if (typeof value === 'number') return BigInt(numberOf(value));
  const text = textOf(value);
  if (/^\d{1,20}$/.test(text)) return BigInt(text);
  throw new BadValue('is not a whole number');
}

function bool(value: unknown): boolean {
  if (typeof value === 'boolean') return value;
  throw new BadValue('is neither true nor false');
}

function ip(value: unknown): Uint8Array {
  const text = textOf(value);
  if (text === '') return emptyValues.ip;
  const address = parseAddress(text);
  if (address) return address.bytes;
  throw new BadValue('is not an address');
}

function mac(value: unknown): bigint {
  const text = textOf(value);
  if (text === '') return 0n;
  if (/^[0-9a-f]{2}(:[0-9a-f]{2}){5}$/i.test(text)) return BigInt(`0x${text.replaceAll(':', '')}`);
  throw new BadValue('is not a hardware address');
}

function flags(value: unknown, { bits = [] }: ColumnDefinition): number {
  let mask = 0;
  for (const name of textOf(value).split(',')) {
    if (name === '') continue;
    const bit = bits.indexOf(name);
    if (bit < 0 && !/^0x[0-9a-f]{1,8}$/i.test(name)) throw new BadValue('has a flag that nobody knows');
    mask |= bit >= 0 ? 2 ** bit : Number(name);
  }
  return mask >>> 0;
}

function timestamp(value: unknown): number {
  try {
    return parseInstant(textOf(value));
  } catch {
    throw new BadValue('is not a time');
  }
}

/** The other way round than jsonRow() of libs/columns. */
const fromJson = {
  timestamp,
  u8: numberOf,
  u16: numberOf,
  u32: numberOf,
  u64,
  bool,
  name: textOf,
  enum: textOf,
  ip,
  mac,
  flags,
} satisfies { [K in Kind]: (value: unknown, column: ColumnDefinition) => KindValue[K] };

/** Saved rows as filters read them; a column that they lack is absent in them. */
export class SavedRows implements RowSource {
  /** @param fault makes the error for a bad value in a row */
  constructor(
    private readonly saved: readonly SavedRow[],
    private readonly fault: (row: number, message: string) => Error,
  ) {}

  get rows(): number {
    return this.saved.length;
  }

  get<N extends ColumnName>(name: N, row: number): ValueOf<N> {
    const column = findColumn(name) as ColumnDefinition;
    const value = this.saved[row]?.[name];
    if (value === undefined) return emptyValues[column.kind] as ValueOf<N>;
    try {
      return fromJson[column.kind](value, column) as ValueOf<N>;
    } catch (error) {
      throw this.fault(row, `${name} ${JSON.stringify(value)} ${(error as Error).message}`);
    }
  }
}
