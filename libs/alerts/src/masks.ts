import { columns, type ColumnName, type Kind } from '#columns';
import { toPredicate, type Filter } from '#filter';
import { type BatchView } from './batch-view.js';
import { Answers } from './answers.js';

/** Which rows of a view a filter takes: a bit for each. */
export interface Mask {
  /** Of `some`: the bit of row `i` is `words[i >> 5] >>> (i & 31) & 1`; those past the last row are 0. */
  readonly words: Uint32Array;
  readonly taken: 'none' | 'some' | 'all';
  /** @returns the places of the rows that it takes, the first `count` of it */
  places(rows: number): Int32Array;
  /** Rows that it takes; stands after `places`. */
  readonly count: number;
}

/** @returns whether the row at a place is taken */
export function takes({ taken, words }: Mask, place: number): boolean {
  if (taken !== 'some') return taken === 'all';
  return (((words[place >>> 5] as number) >>> (place & 31)) & 1) === 1;
}

interface Node {
  readonly key: string;
  /** Cheap ones first: what they leave out need not be asked further. */
  readonly cost: number;
  evaluate(masks: Masks, mask: MaskBuffer, view: BatchView): void;
}

const costs = {
  bool: 1,
  enum: 1,
  name: 1,
  u8: 2,
  u16: 2,
  flags: 2,
  u32: 3,
  ip: 3,
  mac: 3,
  timestamp: 4,
  u64: 4,
} satisfies Record<Kind, number>;

const kindOf = new Map<ColumnName, Kind>(columns.map(({ name, kind }) => [name, kind]));
const PATTERN_COST = 5;
const ROWS_COST = 10;

class MaskBuffer implements Mask {
  words = new Uint32Array(0);
  taken: Mask['taken'] = 'none';
  /** The batch that it is of. */
  batch = -1;
  count = 0;
  /** Of a test of one column. */
  answers: Answers | undefined;
  #places = new Int32Array(0);
  #placesOf = -1;

  places(rows: number): Int32Array {
    if (this.#placesOf === this.batch) return this.#places;
    this.#placesOf = this.batch;
    if (this.#places.length < rows) this.#places = new Int32Array(2 * rows);
    const places = this.#places;
    let count = 0;
    if (this.taken === 'all') for (; count < rows; count++) places[count] = count;
    if (this.taken === 'some') {
      for (let word = 0; word < (rows + 31) >>> 5; word++) {
        for (let bits = this.words[word] as number; bits !== 0; bits &= bits - 1) {
          places[count++] = 32 * word + 31 - Math.clz32(bits & -bits);
        }
      }
    }
    this.count = count;
    return places;
  }

  /** @returns room for so many rows */
  room(rows: number): Uint32Array {
    const words = (rows + 31) >>> 5;
    if (this.words.length < words) this.words = new Uint32Array(2 * words);
    return this.words;
  }

  copy(from: Mask, rows: number): void {
    this.taken = from.taken;
    if (from.taken !== 'some') return;
    this.room(rows).set(from.words.subarray(0, (rows + 31) >>> 5));
  }

  /** @param ends `none`: what both take; `all`: what either takes */
  join(other: Mask, ends: 'none' | 'all', rows: number): void {
    if (this.taken !== 'some' || other.taken === ends) return this.copy(other, rows);
    if (other.taken !== 'some') return;
    const { words } = this;
    const count = (rows + 31) >>> 5;
    if (ends === 'none')
      for (let i = 0; i < count; i++) words[i] = (words[i] as number) & (other.words[i] as number);
    else for (let i = 0; i < count; i++) words[i] = (words[i] as number) | (other.words[i] as number);
    this.settle(rows);
  }

  /** Says which of none, some and all it is. */
  settle(rows: number): void {
    const count = (rows + 31) >>> 5;
    const last = rows & 31 ? 2 ** (rows & 31) - 1 : 0xffff_ffff;
    let [any, all] = [false, true];
    for (let i = 0; i < count; i++) {
      const word = this.words[i] as number;
      if (word !== 0) any = true;
      if (word !== (i === count - 1 ? last : 0xffff_ffff)) all = false;
    }
    this.taken = all ? 'all' : any ? 'some' : 'none';
  }
}

const plain = (_name: string, value: unknown): unknown => {
  if (typeof value === 'bigint') return `${value}n`;
  return value instanceof Uint8Array ? [...value] : value;
};

/** @returns a text that only filters of the same tests have */
export function filterKey(filter: Filter | undefined): string {
  return JSON.stringify(filter ?? null, plain);
}

/**
 * The filters of many rules. Tests and parts that several have are asked once for each batch; a test of one column is
 * asked once for each of the values that the batch has, and a row costs a look into a table.
 */
export class Masks {
  readonly #nodes: Node[] = [];
  readonly #numbers = new Map<string, number>();
  readonly #buffers = new WeakMap<BatchView, MaskBuffer[]>();

  /** @returns the filter's number, for `mask` */
  add(filter: Filter | undefined): number {
    const key = filterKey(filter);
    const known = this.#numbers.get(key);
    if (known !== undefined) return known;
    const node = this.#compile(key, filter);
    this.#numbers.set(key, this.#nodes.length);
    return this.#nodes.push(node) - 1;
  }

  /** @returns what a filter takes of the view's rows; it holds until the view has another batch */
  mask(number: number, view: BatchView): Mask {
    let buffers = this.#buffers.get(view);
    if (!buffers) this.#buffers.set(view, (buffers = []));
    const buffer = (buffers[number] ??= new MaskBuffer());
    if (buffer.batch !== view.batch) {
      (this.#nodes[number] as Node).evaluate(this, buffer, view);
      buffer.batch = view.batch;
    }
    return buffer;
  }

  #compile(key: string, filter: Filter | undefined): Node {
    if (!filter) return { key, cost: 0, evaluate: (_masks, mask) => void (mask.taken = 'all') };
    switch (filter.op) {
      case 'test':
        return filter.operator === 'column' ? ofRows(key, filter) : ofValues(key, filter);
      case 'not':
        return this.#not(key, filter.of);
      case 'and':
        return this.#list(key, filter.of, 'none');
      case 'or':
        return this.#list(key, filter.of, 'all');
    }
  }

  #not(key: string, of: Filter): Node {
    const part = this.add(of);
    return {
      key,
      cost: this.#cost(part),
      evaluate: (masks, mask, view) => {
        const { taken, words } = masks.mask(part, view);
        if (taken !== 'some') return void (mask.taken = taken === 'all' ? 'none' : 'all');
        const rows = view.rows.length;
        const room = mask.room(rows);
        for (let i = 0; i < (rows + 31) >>> 5; i++) room[i] = ~(words[i] as number);
        if (rows & 31) room[rows >>> 5] = (room[rows >>> 5] as number) & (2 ** (rows & 31) - 1);
        mask.taken = 'some';
      },
    };
  }

  /** @param ends what one part has to be that the others do not matter: `none` of `and`, `all` of `or` */
  #list(key: string, of: readonly Filter[], ends: 'none' | 'all'): Node {
    const parts = of.map((part) => this.add(part)).sort((a, b) => this.#cost(a) - this.#cost(b));
    return {
      key,
      cost: parts.reduce((sum, part) => sum + this.#cost(part), 0),
      evaluate: (masks, mask, view) => {
        mask.taken = ends === 'none' ? 'all' : 'none';
        for (const part of parts) {
          mask.join(masks.mask(part, view), ends, view.rows.length);
          if (mask.taken === ends) return;
        }
      },
    };
  }

  #cost(number: number): number {
    return this.#nodes[number]?.cost ?? 0;
  }
}

type TestFilter = Extract<Filter, { op: 'test' }>;

/** A test of the row's values with each other. */
function ofRows(key: string, filter: TestFilter): Node {
  const predicate = toPredicate(filter);
  return {
    key,
    cost: ROWS_COST,
    evaluate: (_masks, mask, { source, rows }) => {
      const matches = predicate(source);
      const words = mask.room(rows.length).fill(0, 0, (rows.length + 31) >>> 5);
      for (let i = 0; i < rows.length; i++) {
        if (matches(rows[i] as number)) words[i >>> 5] = (words[i >>> 5] as number) | (1 << (i & 31));
      }
      mask.settle(rows.length);
    },
  };
}

/** A test of one column: each of its values is asked once. */
function ofValues(key: string, filter: TestFilter): Node {
  const predicate = toPredicate(filter);
  const kind = kindOf.get(filter.column) as Kind;
  const slow = filter.operator === '~' || filter.operator === 'contains';
  return {
    key,
    cost: slow && kind === 'name' ? PATTERN_COST : costs[kind],
    evaluate: (_masks, mask, view) => {
      const column = view.column(filter.column);
      mask.answers ??= new Answers(predicate, column);
      const matching = mask.answers.ask();
      if (matching === 0) return void (mask.taken = 'none');
      if (matching === column.distinctCount) return void (mask.taken = 'all');
      mask.answers.write(mask.room(view.rows.length), view.rows.length);
      mask.taken = 'some';
    },
  };
}
