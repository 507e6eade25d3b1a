import { type JsonBounds, jsonExcess } from './json-shape.js';

/** 2100-01-01: no honest clock is past it, and every database knows it. */
const endOfTime_us = Date.UTC(2100, 0) * 1000;

interface Faults {
  first: string | undefined;
}

/**
 * Reads the fields of a JSON value from elsewhere. It keeps the FIRST fault and goes on with harmless values, so that
 * callers read all and ask once.
 */
export class FieldReader {
  readonly #object: ReadonlyMap<string, unknown>;

  constructor(
    value: unknown,
    private readonly path = '',
    private readonly faults: Faults = { first: undefined },
  ) {
    const isObject = typeof value === 'object' && value !== null && !Array.isArray(value);
    // A map, so that `__proto__` is a name like any other.
    this.#object = new Map(isObject ? Object.entries(value) : []);
    if (!isObject)
      this.#fault(path === '' ? 'it is no JSON object' : `${path.replace(/\.$/, '')} is no object`);
  }

  /** Of what came from the network. Bounds that are not given have no limit. */
  static parse(bytes: Uint8Array, bounds: Partial<JsonBounds> & { readonly bytes?: number }): FieldReader {
    const { bytes: most = Infinity, values = Infinity, depth = Infinity } = bounds;
    if (bytes.length > most) return refused(`it has ${bytes.length} bytes; at most ${most} are taken`);
    const excess = jsonExcess(bytes, { values, depth });
    if (excess !== undefined) return refused(`it ${excess}`);
    try {
      return new FieldReader(JSON.parse(new TextDecoder().decode(bytes)));
    } catch {
      return refused('it is no JSON');
    }
  }

  /** What is wrong first; undefined = nothing. */
  get fault(): string | undefined {
    return this.faults.first;
  }

  has(name: string): boolean {
    return this.#object.has(name);
  }

  /** @param what how the fault's sentence goes on after the field's name */
  refuse(name: string, what: string): void {
    this.#fault(`${this.path}${name} ${what}`);
  }

  /** @returns a whole number from `min` that JavaScript holds exactly */
  count(name: string, min = 0): number {
    const value = this.#object.get(name);
    if (typeof value === 'number' && Number.isSafeInteger(value) && value >= min) return value;
    this.refuse(name, 'is not a whole number in its range');
    return min;
  }

  /** @returns a finite number, or null */
  numberOrNull(name: string): number | null {
    const value = this.#object.get(name);
    if (value === null || (typeof value === 'number' && Number.isFinite(value))) return value;
    this.refuse(name, 'is neither a number nor null');
    return null;
  }

  flag(name: string): boolean {
    const value = this.#object.get(name);
    if (typeof value === 'boolean') return value;
    this.refuse(name, 'is neither true nor false');
    return false;
  }

  isNull(name: string): boolean {
    return this.#object.get(name) === null;
  }

  /** @returns one of `words` */
  word<T extends string>(name: string, words: readonly [T, ...T[]]): T {
    const value = this.#object.get(name);
    const found = words.find((word) => word === value);
    if (found !== undefined) return found;
    this.refuse(name, `is none of ${words.join(', ')}`);
    return words[0];
  }

  /** @returns texts by name */
  textsByName(name: string, maxItems: number, maxName: number, max: number): Record<string, string> {
    const fields = this.object(name);
    const names = [...fields.#object.keys()];
    if (names.length > maxItems || names.some((key) => key.length > maxName)) {
      this.refuse(name, `has more than ${maxItems} fields, or a name of more than ${maxName} characters`);
      return {};
    }
    return Object.fromEntries(names.map((key) => [wellFormed(key), fields.text(key, max)]));
  }

  /** @returns µs since 1970, before the year 2100 */
  time(name: string): number {
    const us = this.count(name);
    if (us >= endOfTime_us) this.refuse(name, 'is past the year 2099');
    return us;
  }

  /** @returns text of at most `max` characters, with half surrogate pairs replaced */
  text(name: string, max: number): string {
    const value = this.#object.get(name);
    if (isText(value, max)) return wellFormed(value);
    this.refuse(name, `is not text of at most ${max} characters`);
    return '';
  }

  /** @returns text, cut off after `max` characters */
  cutText(name: string, max: number): string {
    const value = this.#object.get(name);
    if (typeof value === 'string') return wellFormed(value.slice(0, max));
    this.refuse(name, 'is not text');
    return '';
  }

  texts(name: string, maxItems: number, max: number): string[] {
    const value = this.#object.get(name);
    if (Array.isArray(value) && value.length <= maxItems && value.every((item) => isText(item, max))) {
      return value.map(wellFormed);
    }
    this.refuse(name, `is not a list of at most ${maxItems} texts of ${max} characters`);
    return [];
  }

  /** @returns counts by name, whose names are cut off after `maxName` characters */
  counts(name: string, maxItems: number, maxName: number): Record<string, number> {
    const fields = this.object(name);
    const names = [...fields.#object.keys()];
    if (names.length > maxItems) fields.#fault(`${this.path}${name} has more than ${maxItems} fields`);
    const read = names
      .slice(0, maxItems)
      .map((key) => [wellFormed(key.slice(0, maxName)), fields.count(key)]);
    return Object.fromEntries(read) as Record<string, number>;
  }

  /** @returns a reader for an object within */
  object(name: string): FieldReader {
    return new FieldReader(this.#object.get(name), `${this.path}${name}.`, this.faults);
  }

  /** @returns what `read` makes of each object of a list; nothing of a list that is too long */
  objects<T>(name: string, maxItems: number, read: (item: FieldReader) => T): T[] {
    const list = this.#list(name);
    if (list.length > maxItems) {
      this.refuse(name, `has ${list.length} items; at most ${maxItems} are taken`);
      return [];
    }
    return list.map((item, at) => read(this.#item(name, item, at)));
  }

  /** @returns what `read` makes of the last objects of a list */
  lastObjects<T>(name: string, maxItems: number, read: (item: FieldReader) => T): T[] {
    return this.#list(name)
      .slice(-maxItems)
      .map((item, at) => read(this.#item(name, item, at)));
  }

  #list(name: string): readonly unknown[] {
    const value = this.#object.get(name);
    if (!Array.isArray(value)) this.refuse(name, 'is no list');
    return Array.isArray(value) ? value : [];
  }

  #item(name: string, item: unknown, at: number): FieldReader {
    return new FieldReader(item, `${this.path}${name}[${at}].`, this.faults);
  }

  #fault(sentence: string): void {
    this.faults.first ??= sentence.length > 200 ? `${sentence.slice(0, 200)}…` : sentence;
  }
}

function refused(fault: string): FieldReader {
  return new FieldReader(undefined, '', { first: fault });
}

function isText(value: unknown, max: number): value is string {
  return typeof value === 'string' && value.length <= max;
}

/** Half a surrogate pair has no UTF-8: it would reach the database as another character. */
function wellFormed(text: string): string {
  return text.replace(/\p{Surrogate}/gu, '\ufffd');
}
