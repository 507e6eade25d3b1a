import { describe, expect, it } from 'vitest';
import { parseAddress } from '#filter';
import { decodeBatch, encodeBatch, type DecodedBatch } from '#wire';
import { batchOf } from '#testing/wire';
import { GeoDatabase } from './database.js';
import { asnField, countryField } from './fields.js';
import { GeoLookup, type GeoDatabases } from './lookup.js';
import { inAs, inCountry, mmdb } from './testing/mmdb.js';

const ip = (text: string): Uint8Array => parseAddress(text)?.bytes as Uint8Array;

const country = GeoDatabase.parse(
  mmdb({
    type: 'GeoLite2-Country',
    networks: { '5.1.0.0/16': inCountry('DE'), '2a00::/16': inCountry('NL'), '10.0.0.0/8': inCountry('US') },
  }),
  countryField,
);
const asn = GeoDatabase.parse(
  mmdb({ type: 'GeoLite2-ASN', networks: { '5.1.7.0/24': inAs(64496), '9.0.0.0/8': inAs(4_200_000_001) } }),
  asnField,
);

const unexpected = (error: unknown): never => {
  throw error;
};

function batch(ends: readonly (readonly [string, string])[]): DecodedBatch {
  return decodeBatch(encodeBatch(batchOf(ends.map(([src, dst]) => ({ ip_src: ip(src), ip_dst: ip(dst) })))));
}

function found(databases: GeoDatabases, ends: readonly (readonly [string, string])[]): unknown[] {
  const rows = new GeoLookup(databases, unexpected).enrich(batch(ends));
  return ends.map((_, row) => [
    rows.get('country_src', row),
    rows.get('country_dst', row),
    rows.get('asn_src', row),
    rows.get('asn_dst', row),
  ]);
}

describe('GeoLookup', () => {
  it('fills in what is known of both ends; private and absent addresses have nothing', () => {
    const ends = [
      ['5.1.7.1', '9.1.1.1'],
      ['5.1.7.1', '9.1.1.1'],
      ['10.0.0.1', '2a00::1'],
      ['::', '::'],
      ['8.8.8.8', '5.1.8.1'],
    ] as const;
    expect(found({ country, asn }, ends)).toEqual([
      ['DE', '', 64496, 4_200_000_001],
      ['DE', '', 64496, 4_200_000_001],
      ['', 'NL', 0, 0],
      ['', '', 0, 0],
      ['', 'DE', 0, 0],
    ]);
  });

  it('adds the columns of the databases that are there, and leaves a batch as it is without', () => {
    const rows = batch([['5.1.7.1', '9.1.1.1']]);
    const names = (databases: GeoDatabases): string[] =>
      new GeoLookup(databases, unexpected)
        .enrich(rows)
        .columns.slice(rows.columns.length)
        .map(({ name }) => name);
    expect(names({ country, asn: undefined })).toEqual(['country_src', 'country_dst']);
    expect(names({ country: undefined, asn })).toEqual(['asn_src', 'asn_dst']);
    const none = { country: undefined, asn: undefined };
    expect(new GeoLookup(none, unexpected).enrich(rows)).toBe(rows);
  });

  it('looks an address up once, from batch to batch', () => {
    let lookups = 0;
    const counting = { lookup: (bytes: Uint8Array) => (lookups++, country.lookup(bytes)) };
    const databases = { country: counting as unknown as GeoDatabase<string>, asn };
    const lookup = new GeoLookup(databases, unexpected);
    const rows = batch([
      ['5.1.7.1', '9.1.1.1'],
      ['9.1.1.1', '5.1.7.1'],
    ]);
    for (let i = 0; i < 3; i++) expect(lookup.enrich(rows).get('country_dst', 1)).toBe('DE');
    expect(lookups).toBe(2);
  });

  it('finds the same as each database by itself, beyond what it remembers', () => {
    const lookup = new GeoLookup({ country, asn }, unexpected);
    const at = (n: number): string => `${5 + (n % 5)}.${(n >> 8) % 3}.${n % 251}.${(n >> 3) & 255}`;
    for (let from = 0; from < 60_000; from += 10_000) {
      const ends = Array.from({ length: 10_000 }, (_, i) => [at(from + i), at(7 * (from + i))] as const);
      const rows = lookup.enrich(batch(ends));
      const wrong = ends.filter(
        ([src, dst], row) =>
          rows.get('country_src', row) !== country.lookup(ip(src)) ||
          rows.get('asn_dst', row) !== asn.lookup(ip(dst)),
      );
      expect(wrong).toEqual([]);
    }
  });

  it('tells of a damaged record, whose address then has nothing', () => {
    const errors: unknown[] = [];
    const broken = {
      lookup: () => {
        throw new Error('damaged');
      },
    } as unknown as GeoDatabase<string>;
    const lookup = new GeoLookup({ country: broken, asn }, (error) => errors.push(error));
    const rows = lookup.enrich(batch([['5.1.7.1', '::']]));
    expect([rows.get('country_src', 0), rows.get('asn_src', 0), errors.length]).toEqual(['', 64496, 1]);
  });
});
