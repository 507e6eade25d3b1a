import { malformed } from './errors.js';

/**
 * Bounded reading of FlatBuffers (https://flatbuffers.dev/internals/): each read is inside the message or throws
 * WireError. apache-arrow's own reader trusts its input: one flipped bit of a vector's length makes it run for minutes.
 */
export class FlatTable {
  readonly #vtable: number;
  readonly #slots: number;

  private constructor(
    readonly view: DataView,
    readonly at: number,
  ) {
    this.#vtable = at - int32(view, at);
    const bytes = uint16(view, this.#vtable);
    check(view, this.#vtable, bytes);
    this.#slots = (bytes - 4) >> 1;
  }

  /** @param bytes a message that starts with the offset of its root table */
  static root(bytes: Uint8Array): FlatTable {
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    return new FlatTable(view, uint32(view, 0));
  }

  /** @returns where the field is, or undefined where the table leaves it out */
  #field(slot: number): number | undefined {
    const offset = slot < this.#slots ? uint16(this.view, this.#vtable + 4 + 2 * slot) : 0;
    return offset === 0 ? undefined : this.at + offset;
  }

  #target(slot: number): number | undefined {
    const at = this.#field(slot);
    return at === undefined ? undefined : at + uint32(this.view, at);
  }

  uint8(slot: number): number {
    const at = this.#field(slot);
    if (at === undefined) return 0;
    check(this.view, at, 1);
    return this.view.getUint8(at);
  }

  int16(slot: number): number {
    const at = this.#field(slot);
    if (at === undefined) return 0;
    check(this.view, at, 2);
    return this.view.getInt16(at, true);
  }

  int32(slot: number): number {
    const at = this.#field(slot);
    return at === undefined ? 0 : int32(this.view, at);
  }

  /** A 64-bit count or size; only 0 … 2^31-1 are taken. */
  size(slot: number): number {
    const at = this.#field(slot);
    return at === undefined ? 0 : size(this.view, at);
  }

  has(slot: number): boolean {
    return this.#field(slot) !== undefined;
  }

  table(slot: number): FlatTable | undefined {
    const at = this.#target(slot);
    return at === undefined ? undefined : new FlatTable(this.view, at);
  }

  /** @param max bytes; a stream of many tables with one long text would take minutes */
  text(slot: number, max: number): string {
    const at = this.#target(slot);
    if (at === undefined) return '';
    const length = uint32(this.view, at);
    if (length > max) throw malformed(`a text of ${length} bytes, of ${max} allowed`);
    check(this.view, at + 4, length);
    return utf8(new Uint8Array(this.view.buffer, this.view.byteOffset + at + 4, length));
  }

  /** @returns the entries of a vector of tables, for a check before `tables` */
  count(slot: number): number {
    return this.#vector(slot, 4).length;
  }

  tables(slot: number): FlatTable[] {
    const { at, length } = this.#vector(slot, 4);
    return Array.from({ length }, (_, i) => {
      const entry = at + 4 * i;
      return new FlatTable(this.view, entry + uint32(this.view, entry));
    });
  }

  /** A vector of structs of two 64-bit counts (FieldNode, Buffer). */
  pairs(slot: number): (readonly [number, number])[] {
    const { at, length } = this.#vector(slot, 16);
    return Array.from({ length }, (_, i) => [size(this.view, at + 16 * i), size(this.view, at + 16 * i + 8)]);
  }

  #vector(slot: number, width: number): { at: number; length: number } {
    const at = this.#target(slot);
    if (at === undefined) return { at: 0, length: 0 };
    const length = uint32(this.view, at);
    check(this.view, at + 4, length * width);
    return { at: at + 4, length };
  }
}

const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

/** @throws WireError where the bytes are no UTF-8 */
export function utf8(bytes: Uint8Array): string {
  try {
    return decoder.decode(bytes);
  } catch (cause) {
    throw malformed('a text is not UTF-8', { cause });
  }
}

function check(view: DataView, at: number, bytes: number): void {
  if (at < 0 || at + bytes > view.byteLength) {
    throw malformed(`its metadata refer to byte ${at + bytes} of ${view.byteLength}`);
  }
}

function uint16(view: DataView, at: number): number {
  check(view, at, 2);
  return view.getUint16(at, true);
}

function uint32(view: DataView, at: number): number {
  check(view, at, 4);
  return view.getUint32(at, true);
}

function int32(view: DataView, at: number): number {
  check(view, at, 4);
  return view.getInt32(at, true);
}

function size(view: DataView, at: number): number {
  const low = uint32(view, at);
  if (uint32(view, at + 4) !== 0 || low >= 2 ** 31) throw malformed('it claims a count or size beyond 2^31');
  return low;
}
