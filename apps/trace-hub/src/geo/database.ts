import { type Reader, type Response } from 'maxmind';
import { formatIp } from '#columns';
import { GeoError } from './errors.js';
import { type GeoField } from './fields.js';
import { damaged, readDatabase, type Metadata } from './metadata.js';
import { SearchTree } from './search-tree.js';

/** Records that are read before a file is taken. */
const SAMPLES = 256;
/** Data of which the field is remembered: all of a Country database, a good part of a City one. */
const MOST_KNOWN = 1 << 16;

/** One field of a MaxMind database, held in memory as its file's bytes. */
export class GeoDatabase<V> {
  /** The field by the tree's number for the data */
  readonly #known = new Map<number, V>();

  private constructor(
    private readonly reader: Reader<Response>,
    private readonly tree: SearchTree,
    readonly metadata: Metadata,
    private readonly field: GeoField<V>,
  ) {}

  /**
   * Reads the metadata and some of the records, in milliseconds.
   * @param bytes the file; it must not change afterwards
   * @throws GeoError 'malformed', or 'wrong_type' where none of those records has the field
   */
  static parse<V>(bytes: Buffer, field: GeoField<V>): GeoDatabase<V> {
    const { reader, metadata } = readDatabase(bytes);
    const tree = new SearchTree(bytes, metadata);
    if (!hasField(tree, reader, field)) {
      const problem = `is of type ${metadata.type}, whose records have no ${field.path}; give ${field.wanted}`;
      throw new GeoError('parse', 'wrong_type', problem);
    }
    return new GeoDatabase(reader, tree, metadata, field);
  }

  /**
   * @param address 16 bytes, IPv4 mapped
   * @returns the field of the address's network; its empty value where there is none
   * @throws GeoError where the record is damaged
   */
  lookup(address: Uint8Array): V {
    const data = this.tree.find(address);
    if (data === 0) return this.field.empty;
    const known = this.#known.get(data);
    if (known !== undefined) return known;
    const value = this.#read(formatIp(address));
    if (this.#known.size === MOST_KNOWN) this.#known.clear();
    this.#known.set(data, value);
    return value;
  }

  #read(address: string): V {
    try {
      return this.field.read(this.reader.get(address));
    } catch (cause) {
      throw damaged(cause);
    }
  }
}

function hasField<V>(tree: SearchTree, reader: Reader<Response>, { read, empty }: GeoField<V>): boolean {
  try {
    // Each is read, the first that has the field does not end it: a damaged one may come later.
    const values = tree.sample(SAMPLES).map((address) => read(reader.get(address)));
    return values.some((value) => value !== empty);
  } catch (cause) {
    throw damaged(cause);
  }
}
