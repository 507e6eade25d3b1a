import fc, { type Arbitrary } from 'fast-check';
import { agentColumns, type Kind, type KindValue } from '#columns';
import { type RowValues } from './rows.js';

const bigint = (bits: bigint): Arbitrary<bigint> => fc.bigInt({ min: 0n, max: 2n ** bits - 1n });
const integer = (max: number): Arbitrary<number> => fc.integer({ min: 0, max });
const text = fc.oneof(
  fc.constant(''),
  fc.constantFrom('eth0', 'a,b', 'ü', '\u0000\t"\\'),
  fc.string({ unit: 'grapheme' }),
);
const mapped = fc.uint8Array({ minLength: 4, maxLength: 4 });

export const anyValue = {
  timestamp: integer(4_102_444_799_999_999),
  u8: integer(0xff),
  u16: integer(0xffff),
  u32: integer(0xffff_ffff),
  u64: bigint(64n),
  bool: fc.boolean(),
  name: text,
  enum: text,
  ip: fc.oneof(
    fc.uint8Array({ minLength: 16, maxLength: 16 }),
    fc
      .array(fc.constantFrom(0, 0, 0, 1, 0xff), { minLength: 16, maxLength: 16 })
      .map((b) => Uint8Array.from(b)),
    mapped.map((v4) => Uint8Array.from([0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff, ...v4])),
  ),
  mac: bigint(48n),
  flags: integer(0xffff_ffff),
} satisfies { [K in Kind]: Arbitrary<KindValue[K]> };

/** A row with a value of each column of an agent. */
export const anyRow: Arbitrary<RowValues> = fc.record(
  Object.fromEntries(agentColumns.map(({ name, kind }) => [name, anyValue[kind] as Arbitrary<unknown>])),
) as Arbitrary<unknown> as Arbitrary<RowValues>;
