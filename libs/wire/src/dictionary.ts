import { makeData, Utf8, Vector } from 'apache-arrow';
import { type StringTable } from '#columns';

/** The most that one string of a batch's StringTable takes in UTF-8. */
const MAX_BYTES_PER_UNIT = 3;
const INT32_MAX = 2 ** 31 - 1;

export interface DenseColumn {
  /** One index into `dictionary` a row. */
  readonly indices: Int32Array;
  /** The strings that the rows use, each once, in the order of their first use. */
  readonly dictionary: Vector<Utf8>;
}

/**
 * Maps the numbers of a large StringTable to a small dictionary per column. Its memory is one Int32Array as long as
 * the table, used for every column and batch: a cell at or above `#base` was written for the present column, so nothing
 * is cleared between columns.
 */
export class DictionaryBuilder {
  readonly #encoder = new TextEncoder();
  #cells = new Int32Array(0);
  #base = 1;
  #utf8 = new Uint8Array(1 << 16);

  /** @param ids the column's strings as numbers of `strings` */
  build(ids: Int32Array, strings: StringTable): DenseColumn {
    this.#prepare(ids.length, strings.size);
    const cells = this.#cells;
    const base = this.#base;
    const indices = new Int32Array(ids.length);
    const used: number[] = [];
    const size = strings.size;
    // most columns hold the same string for many rows on end, some for the whole batch
    let previous = ~(ids[0] ?? 0);
    let index = 0;
    for (let row = 0; row < ids.length; row++) {
      const given = ids[row] as number;
      if (given !== previous) {
        previous = given;
        // As StringTable.text has it: a number never given out is the empty string.
        const id = given >>> 0 < size ? given : 0;
        index = (cells[id] as number) - base;
        if (index < 0) {
          index = used.push(id) - 1;
          cells[id] = base + index;
        }
      }
      indices[row] = index;
    }
    this.#base += used.length;
    return { indices, dictionary: this.#encode(used, strings) };
  }

  #prepare(rows: number, size: number): void {
    if (this.#cells.length < size) this.#cells = new Int32Array(Math.max(size, 2 * this.#cells.length));
    if (this.#base > INT32_MAX - rows) {
      this.#cells.fill(0);
      this.#base = 1;
    }
  }

  #encode(used: readonly number[], strings: StringTable): Vector<Utf8> {
    const offsets = new Int32Array(used.length + 1);
    let end = 0;
    for (const [i, id] of used.entries()) {
      const text = strings.text(id);
      this.#reserve(end, MAX_BYTES_PER_UNIT * text.length);
      end += this.#encoder.encodeInto(text, this.#utf8.subarray(end)).written;
      offsets[i + 1] = end;
    }
    const data = this.#utf8.slice(0, end);
    return new Vector([
      makeData({ type: new Utf8(), length: used.length, nullCount: 0, valueOffsets: offsets, data }),
    ]);
  }

  #reserve(end: number, bytes: number): void {
    if (end + bytes <= this.#utf8.length) return;
    const grown = new Uint8Array(Math.max(end + bytes, 2 * this.#utf8.length));
    grown.set(this.#utf8);
    this.#utf8 = grown;
  }
}
