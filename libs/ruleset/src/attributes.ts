import { align4, NLA_TYPE_MASK, u16le, u32be } from '#netlink';

/** Where the values of a message's attributes are, by type; of one that comes twice the last. */
export class Attributes {
  readonly #at = new Map<number, number>();
  readonly #length = new Map<number, number>();

  constructor(
    readonly bytes: Uint8Array,
    at: number,
    end: number,
  ) {
    eachAttribute(bytes, at, end, (type, from, to) => {
      this.#at.set(type, from);
      this.#length.set(type, to - from);
    });
  }

  has(type: number): boolean {
    return this.#at.has(type);
  }

  /** @returns where a value starts and ends; undefined when it is absent */
  range(type: number): readonly [number, number] | undefined {
    const at = this.#at.get(type);
    return at === undefined ? undefined : [at, at + (this.#length.get(type) ?? 0)];
  }

  /** A be32; 0 when absent */
  u32(type: number): number {
    return this.#length.get(type) === 4 ? u32be(this.bytes, this.#at.get(type) ?? 0) : 0;
  }

  i32(type: number): number {
    return this.u32(type) | 0;
  }

  /** A be64; 0 when absent */
  u64(type: number): number {
    const at = this.#at.get(type) ?? 0;
    return this.#length.get(type) === 8 ? u32be(this.bytes, at) * 2 ** 32 + u32be(this.bytes, at + 4) : 0;
  }

  /** A NUL-terminated string, its bytes as latin1; '' when absent */
  raw(type: number): string {
    const at = this.#at.get(type) ?? 0;
    return rawText(this.bytes, at, at + (this.#length.get(type) ?? 0));
  }

  nested(type: number): Attributes {
    const at = this.#at.get(type) ?? 0;
    return new Attributes(this.bytes, at, at + (this.#length.get(type) ?? 0));
  }

  each(type: number, take: (type: number, at: number, end: number) => void): void {
    const at = this.#at.get(type) ?? 0;
    eachAttribute(this.bytes, at, at + (this.#length.get(type) ?? 0), take);
  }

  /** The value of a type in user data of libnftnl; '' when absent */
  userData(type: number, kind: number): string {
    const from = this.#at.get(type) ?? 0;
    const end = from + (this.#length.get(type) ?? 0);
    for (let at = from; at + 2 <= end; at += 2 + (this.bytes[at + 1] ?? 0)) {
      const length = this.bytes[at + 1] ?? 0;
      if (this.bytes[at] === kind) return rawText(this.bytes, at + 2, Math.min(end, at + 2 + length));
    }
    return '';
  }
}

/** @returns bytes up to a NUL, one character each */
export function rawText(bytes: Uint8Array, at: number, end: number): string {
  let stop = at;
  while (stop < end && bytes[stop] !== 0) stop++;
  return Buffer.from(bytes.buffer, bytes.byteOffset + at, stop - at).toString('latin1');
}

/** Walks nlattrs (linux/netlink.h); one that reaches past the end ends the walk. */
export function eachAttribute(
  bytes: Uint8Array,
  from: number,
  end: number,
  take: (type: number, at: number, end: number) => void,
): void {
  for (let at = from; at + 4 <= end;) {
    const length = u16le(bytes, at);
    if (length < 4 || at + length > end) return;
    take(u16le(bytes, at + 2) & NLA_TYPE_MASK, at + 4, at + length);
    at += align4(length);
  }
}

/** @returns an attribute with a NUL-terminated string @param raw its bytes as latin1 */
export function stringAttribute(type: number, raw: string): Buffer {
  const value = Buffer.from(`${raw}\0`, 'latin1');
  const attribute = Buffer.alloc(align4(4 + value.length));
  attribute.writeUInt16LE(4 + value.length, 0);
  attribute.writeUInt16LE(type, 2);
  value.copy(attribute, 4);
  return attribute;
}
