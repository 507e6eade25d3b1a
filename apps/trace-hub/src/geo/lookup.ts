import { type ColumnName, type HubColumnName } from '#columns';
import { type AddedColumn, type DecodedBatch } from '#wire';
import { AddressCache } from './address-cache.js';
import { type GeoDatabase } from './database.js';
import { isPublic } from './reserved.js';

/** The databases in use; where one is not there, its columns are not added. */
export interface GeoDatabases {
  readonly country: GeoDatabase<string> | undefined;
  readonly asn: GeoDatabase<number> | undefined;
}

interface End {
  readonly address: ColumnName;
  readonly country: HubColumnName;
  readonly asn: HubColumnName;
}

const ends: readonly End[] = [
  { address: 'ip_src', country: 'country_src', asn: 'asn_src' },
  { address: 'ip_dst', country: 'country_dst', asn: 'asn_dst' },
];

/** Country and AS by address, from databases that do not change: after a reload there is another lookup. */
export class GeoLookup {
  readonly #cache = new AddressCache();
  /** By the cache's number: a place in `#countries`, and an AS */
  readonly #country = new Uint16Array(this.#cache.slots);
  readonly #asn = new Uint32Array(this.#cache.slots);
  /** All that were found so far: few, as a code has two letters */
  readonly #countries = new Map<string, number>([['', 0]]);

  /** @param onDamaged is told of each record that cannot be read; its address has nothing then */
  constructor(
    private readonly databases: GeoDatabases,
    private readonly onDamaged: (error: unknown) => void,
  ) {}

  /** @returns the same rows with the columns that the databases fill; the same batch where there is no database */
  enrich(batch: DecodedBatch): DecodedBatch {
    const { country, asn } = this.databases;
    if (!country && !asn) return batch;
    return batch.with(ends.flatMap((end) => this.#columnsOf(batch, end)));
  }

  #columnsOf(batch: DecodedBatch, end: End): AddedColumn[] {
    const { rows } = batch;
    const bytes = batch.bytesOf(end.address);
    if (!bytes) return [];
    const words = new Uint32Array(bytes.buffer, bytes.byteOffset, 4 * rows);
    const country = new Int32Array(rows);
    const asn = new Uint32Array(rows);
    for (let row = 0; row < rows; row++) {
      const at = 4 * row;
      // The hops of a packet follow each other and have the same addresses.
      if (row > 0 && sameAsBefore(words, at)) {
        country[row] = country[row - 1] as number;
        asn[row] = asn[row - 1] as number;
      } else if (!isAbsent(words, at)) {
        const number = this.#find(words, at, bytes);
        country[row] = this.#country[number] as number;
        asn[row] = this.#asn[number] as number;
      }
    }
    return [
      ...(this.databases.country
        ? [{ name: end.country, values: country, strings: [...this.#countries.keys()] }]
        : []),
      ...(this.databases.asn ? [{ name: end.asn, values: asn }] : []),
    ];
  }

  /** @returns the number under which the address's country and AS are */
  #find(words: Uint32Array, at: number, bytes: Uint8Array): number {
    const known = this.#cache.number(words, at);
    if (known >= 0) return known;
    const number = ~known;
    const address = bytes.subarray(4 * at, 4 * at + 16);
    const country = isPublic(address) ? this.#try(this.databases.country, address, '') : '';
    this.#country[number] = this.#numberOf(country);
    this.#asn[number] = isPublic(address) ? this.#try(this.databases.asn, address, 0) : 0;
    return number;
  }

  #try<V>(database: GeoDatabase<V> | undefined, address: Uint8Array, empty: V): V {
    try {
      return database ? database.lookup(address) : empty;
    } catch (error) {
      this.onDamaged(error);
      return empty;
    }
  }

  #numberOf(country: string): number {
    const known = this.#countries.get(country);
    if (known !== undefined) return known;
    const number = this.#countries.size;
    this.#countries.set(country, number);
    return number;
  }
}

const sameAsBefore = (words: Uint32Array, at: number): boolean =>
  words[at + 3] === words[at - 1] &&
  words[at + 2] === words[at - 2] &&
  words[at + 1] === words[at - 3] &&
  words[at] === words[at - 4];

const isAbsent = (words: Uint32Array, at: number): boolean =>
  words[at + 3] === 0 && words[at + 2] === 0 && words[at + 1] === 0 && words[at] === 0;
