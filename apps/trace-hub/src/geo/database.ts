import { type Reader, type Response } from 'maxmind';
import { formatIp } from '#columns';
import { GeoError } from './errors.js';
import { type GeoField } from './fields.js';
import { damaged, readDatabase, type Metadata } from './metadata.js';
import { sampleAddresses } from './search-tree.js';

/** Records that are read before a file is taken. */
const SAMPLES = 256;

/** One field of a MaxMind database, held in memory as its file's bytes. */
export class GeoDatabase<V> {
  private constructor(
    private readonly reader: Reader<Response>,
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
    if (!hasField(bytes, reader, metadata, field)) {
      const problem = `is of type ${metadata.type}, whose records have no ${field.path}; give ${field.wanted}`;
      throw new GeoError('parse', 'wrong_type', problem);
    }
    return new GeoDatabase(reader, metadata, field);
  }

  /**
   * @param bytes 16 bytes from `at`, IPv4 mapped
   * @returns the field of the address's network; its empty value where there is none
   * @throws GeoError where the record is damaged
   */
  lookup(bytes: Uint8Array, at = 0): V {
    const text = formatIp(bytes, at);
    // The package would walk a tree of 32 bits with the first bits of an IPv6 address.
    if (this.metadata.ipVersion === 4 && text.includes(':')) return this.field.empty;
    try {
      return this.field.read(this.reader.get(text));
    } catch (cause) {
      throw damaged(cause);
    }
  }
}

function hasField<V>(
  bytes: Buffer,
  reader: Reader<Response>,
  metadata: Metadata,
  { read, empty }: GeoField<V>,
): boolean {
  try {
    // Each is read, the first that has the field does not end it: a damaged one may come later.
    const values = sampleAddresses(bytes, metadata, SAMPLES).map((address) => read(reader.get(address)));
    return values.some((value) => value !== empty);
  } catch (cause) {
    throw damaged(cause);
  }
}
