import { gzipSync } from 'node:zlib';
import fc from 'fast-check';
import { Reader, type CountryResponse } from 'maxmind';
import { describe, expect, it } from 'vitest';
import { parseAddress } from '#filter';
import { GeoDatabase } from './database.js';
import { GeoError } from './errors.js';
import { asnField, countryField } from './fields.js';
import { inAs, inCountry, mmdb, type Value } from './testing/mmdb.js';

const networks = {
  '5.1.0.0/16': inCountry('DE'),
  '5.1.7.0/24': inCountry('AT'),
  '5.1.7.9/32': inCountry('CH'),
  '2a00::/16': inCountry('NL'),
  '2a00:1::/32': inCountry('JP'),
};
const countries = mmdb({ type: 'GeoLite2-City', networks });

const bytesOf = (text: string): Uint8Array => parseAddress(text)?.bytes as Uint8Array;
const countryOf = (database: GeoDatabase<string>, text: string): string => database.lookup(bytesOf(text));

function parse(bytes: Buffer): GeoDatabase<string> {
  return GeoDatabase.parse(bytes, countryField);
}

function refusal(bytes: Buffer): GeoError {
  try {
    parse(bytes);
  } catch (error) {
    if (error instanceof GeoError) return error;
    throw error;
  }
  throw new Error('it was taken');
}

describe('GeoDatabase', () => {
  it.each([24, 28, 32] as const)('finds the longest prefix in records of %i bits', (recordSize) => {
    const database = parse(mmdb({ type: 'GeoLite2-City', networks, recordSize }));
    const addresses = ['5.1.0.1', '5.1.7.8', '5.1.7.9', '5.2.0.1', '2a00:2::1', '2a00:1::1', '2b00::1'];
    expect(addresses.map((text) => countryOf(database, text))).toEqual([
      ...['DE', 'AT', 'CH', '', 'NL', 'JP', ''],
    ]);
  });

  it.each([
    [6, 24],
    [6, 28],
    [6, 32],
    [4, 28],
  ] as const)('finds what the package finds, in a tree for IPv%i of %i bits', (ipVersion, recordSize) => {
    const v4 = fc
      .tuple(fc.constantFrom(5, 6, 9, 200), fc.nat(3), fc.nat(255), fc.nat(255))
      .map((b) => b.join('.'));
    const v6 = fc
      .tuple(fc.constantFrom('2a00', '2a01', '2002', '0'), fc.nat(2))
      .map(([a, b]) => `${a}:${b}::`);
    const network = fc.oneof(
      fc.tuple(v4, fc.integer({ min: 1, max: 32 })),
      ...(ipVersion === 6 ? [fc.tuple(v6, fc.integer({ min: 1, max: 64 }))] : []),
    );
    const networks = fc.array(fc.tuple(network, fc.constantFrom('DE', 'FR', 'JP')), {
      minLength: 1,
      maxLength: 30,
    });
    fc.assert(
      fc.property(
        networks,
        fc.array(fc.oneof(v4, v6), { minLength: 1, maxLength: 20 }),
        (list, addresses) => {
          const records = Object.fromEntries(
            list.map(([[address, bits], iso]): [string, Value] => [`${address}/${bits}`, inCountry(iso)]),
          );
          const bytes = mmdb({ type: 'x', networks: records, ipVersion, recordSize });
          const reader = new Reader<CountryResponse>(bytes);
          const database = parse(bytes);
          for (const text of addresses) {
            if (text.includes(':') && ipVersion === 4) continue;
            const record = reader.get(text.includes(':') ? text.replace('::', ':0:0:0:0:0:1') : text);
            const address = text.includes(':') ? `${text}1` : text;
            expect(countryOf(database, address), text).toBe(record?.country?.iso_code ?? '');
          }
        },
      ),
      { numRuns: 60 },
    );
  });

  it('reads AS numbers of all 32 bits', () => {
    const list = { '5.1.0.0/16': inAs(64496), '5.2.0.0/16': inAs(2 ** 32 - 1), '5.3.0.0/16': inAs(0) };
    const database = GeoDatabase.parse(mmdb({ type: 'GeoLite2-ASN', networks: list }), asnField);
    const found = ['5.1.2.3', '5.2.3.4', '5.3.4.5', '5.4.5.6'].map((text) => database.lookup(bytesOf(text)));
    expect(found).toEqual([64496, 4294967295, 0, 0]);
  });

  it('finds nothing of IPv6 in a database for IPv4', () => {
    const database = parse(
      mmdb({ type: 'DBIP-Country-Lite', networks: { '42.0.0.0/8': inCountry('US') }, ipVersion: 4 }),
    );
    // 2a00::/16 starts with the bits of 42.0.0.0/16.
    expect(countryOf(database, '42.0.0.1')).toBe('US');
    expect(countryOf(database, '2a00::1')).toBe('');
  });

  it('takes a country for none that is not two letters, or not there', () => {
    const odd = { country: { iso_code: 'Germany' } };
    const database = parse(
      mmdb({
        type: 'x',
        networks: { '5.0.0.0/8': inCountry('DE'), '6.0.0.0/8': odd, '7.0.0.0/8': { country: 'DE' } },
      }),
    );
    expect(['5.0.0.1', '6.0.0.1', '7.0.0.1'].map((text) => countryOf(database, text))).toEqual([
      'DE',
      '',
      '',
    ]);
  });

  it('says what it is and when it was built', () => {
    const built = new Date('2026-11-19T08:00:00Z');
    const { metadata } = parse(mmdb({ type: 'GeoLite2-Country', networks, built }));
    expect(metadata).toMatchObject({ type: 'GeoLite2-Country', built, ipVersion: 6 });
  });
});

describe('a file that is no such database', () => {
  const whole = 'put a whole MaxMind database (.mmdb) in its place';
  const none = `is truncated or no MaxMind database, as no metadata are at its end; ${whole}`;

  it.each([
    ['is empty', Buffer.alloc(0), 'malformed', `is empty; ${whole}`],
    ['is text', Buffer.from('404 Not Found\n'), 'malformed', none],
    ['is cut in half', countries.subarray(0, countries.length / 2), 'malformed', none],
    ['is zeros', Buffer.alloc(1 << 20), 'malformed', none],
    ['is packed', gzipSync(countries), 'malformed', `is compressed with gzip, not unpacked; ${whole}`],
    [
      'has only its end',
      countries.subarray(400),
      'malformed',
      /^is damaged: its \d+ bytes do not hold the \d+ nodes that it claims; put/,
    ],
    [
      'has no tree',
      Buffer.from(countries).fill(0, 0, 7 * parse(countries).metadata.nodeCount),
      'malformed',
      /^is damaged \(its search tree has no end\); put/,
    ],
    [
      'is for AS',
      mmdb({ type: 'GeoLite2-ASN', networks: { '5.1.0.0/16': inAs(1) } }),
      'wrong_type',
      'is of type GeoLite2-ASN, whose records have no country.iso_code; give a City or Country database',
    ],
    [
      'is for nothing',
      mmdb({ type: 'Empty', networks: {} }),
      'wrong_type',
      'is of type Empty, whose records have no country.iso_code; give a City or Country database',
    ],
  ])('%s', (_name, bytes, code, message) => {
    const error = refusal(bytes);
    expect(error.code).toBe(code);
    expect(error.message).toMatch(message);
  });

  it('is of a version to come', () => {
    const version = Buffer.from('binary_format_major_version\xc1\x02', 'latin1');
    const bytes = Buffer.from(countries);
    bytes[bytes.indexOf(version) + version.length - 1] = 3;
    expect(refusal(bytes).message).toMatch('is of version 3 of the format, not 2');
  });

  it('is refused at every truncation', () => {
    for (let length = 0; length < countries.length; length++) {
      expect(refusal(countries.subarray(0, length)).code, `at byte ${length}`).toBe('malformed');
    }
  });

  it('is refused or read, and nothing else happens, whatever bytes are changed', () => {
    const outcomes = new Set<string>();
    const addresses = ['5.1.0.1', '5.1.7.9', '2a00:1::1', '9.9.9.9'];
    const edit = fc.record({ at: fc.nat(countries.length - 1), byte: fc.nat(255) });
    fc.assert(
      fc.property(fc.array(edit, { minLength: 1, maxLength: 4 }), (edits) => {
        const bytes = Buffer.from(countries);
        for (const { at, byte } of edits) bytes[at] = byte;
        try {
          const database = parse(bytes);
          for (const text of addresses) expect(countryOf(database, text)).toMatch(/^([A-Z]{2})?$/);
          outcomes.add('read');
        } catch (error) {
          expect(error).toBeInstanceOf(GeoError);
          outcomes.add((error as GeoError).code);
        }
      }),
      { numRuns: 2000 },
    );
    expect([...outcomes].sort()).toEqual(expect.arrayContaining(['malformed', 'read']));
  });
});
