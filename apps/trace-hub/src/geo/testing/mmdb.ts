import { parsePrefix, type Prefix } from '#filter';

/**
 * Writes files in the MaxMind DB format, version 2.0 (https://maxmind.github.io/MaxMind-DB/): a search tree over the bits
 * of addresses, 16 zero bytes, the records, and the metadata at the end. For tests and the benchmark, which can fetch no
 * database.
 */
export type Value = string | number | bigint | boolean | readonly Value[] | { readonly [key: string]: Value };

export interface MmdbOptions {
  /** `GeoLite2-City`, … */
  readonly type: string;
  /** Records by prefix (`5.1.0.0/16`, `2a00::/16`); the longest prefix of an address counts. */
  readonly networks: Readonly<Record<string, Value>>;
  readonly ipVersion?: 4 | 6;
  readonly recordSize?: 24 | 28 | 32;
  readonly built?: Date;
}

/** Numbers of the format's types; those above 7 take a second byte. */
const TYPE = { utf8: 2, double: 3, uint16: 5, uint32: 6, map: 7, uint64: 9, array: 11, boolean: 14 } as const;

function control(type: number, size: number): Buffer {
  const [bits, rest] =
    size < 29 ? [size, []] : size < 285 ? [29, [size - 29]] : [30, [(size - 285) >> 8, (size - 285) & 0xff]];
  return Buffer.from(type > 7 ? [bits, type - 7, ...rest] : [(type << 5) | bits, ...rest]);
}

/** Big-endian, without leading zeros. */
function unsigned(type: number, value: bigint): Buffer {
  const hex = value === 0n ? '' : value.toString(16);
  const bytes = Buffer.from(hex.padStart(hex.length + (hex.length % 2), '0'), 'hex');
  return Buffer.concat([control(type, bytes.length), bytes]);
}

function double(value: number): Buffer {
  const bytes = Buffer.alloc(8);
  bytes.writeDoubleBE(value);
  return Buffer.concat([control(TYPE.double, 8), bytes]);
}

function encode(value: Value): Buffer {
  switch (typeof value) {
    case 'string':
      return Buffer.concat([control(TYPE.utf8, Buffer.byteLength(value)), Buffer.from(value)]);
    case 'number':
      return Number.isInteger(value) ? unsigned(TYPE.uint32, BigInt(value)) : double(value);
    case 'bigint':
      return unsigned(TYPE.uint64, value);
    case 'boolean':
      return control(TYPE.boolean, Number(value));
    default:
      if (Array.isArray(value)) {
        const list = value as readonly Value[];
        return Buffer.concat([control(TYPE.array, list.length), ...list.map(encode)]);
      }
      return encodeMap(value as Readonly<Record<string, Value>>);
  }
}

function encodeMap(map: Readonly<Record<string, Value>>): Buffer {
  const entries = Object.entries(map);
  return Buffer.concat([
    control(TYPE.map, entries.length),
    ...entries.flatMap(([key, value]) => [encode(key), encode(value)]),
  ]);
}

const EMPTY = -1;
/** A record of the tree: the number of a node; EMPTY; or -2 - (where the data start). */
type TreeRecord = number;

class Tree {
  readonly nodes: [TreeRecord, TreeRecord][] = [[EMPTY, EMPTY]];

  insert(bytes: Uint8Array, length: number, record: TreeRecord): void {
    let node = 0;
    for (let bit = 0; ; bit++) {
      const side = ((bytes[bit >> 3] ?? 0) >> (7 - (bit & 7))) & 1;
      const pair = this.nodes[node] as [TreeRecord, TreeRecord];
      if (bit === length - 1) {
        pair[side] = record;
        return;
      }
      const next = pair[side] as TreeRecord;
      // What a wider network says goes on for the rest of it.
      node = next >= 0 ? next : this.nodes.push([next, next]) - 1;
      pair[side] = node;
    }
  }

  write(recordSize: number): Buffer {
    const count = this.nodes.length;
    const value = (record: TreeRecord): number => {
      const number = record >= 0 ? record : record === EMPTY ? count : count + 16 + (-2 - record);
      if (number >= 2 ** recordSize) throw new Error(`${number} has no room in ${recordSize} bits`);
      return number;
    };
    return Buffer.concat(this.nodes.map(([l, r]) => writeNode(value(l), value(r), recordSize)));
  }
}

function writeNode(left: number, right: number, recordSize: number): Buffer {
  const node = Buffer.alloc(recordSize / 4);
  if (recordSize === 28) {
    node.writeUIntBE(left & 0xffffff, 0, 3);
    node[3] = ((left >>> 24) << 4) | (right >>> 24);
    node.writeUIntBE(right & 0xffffff, 4, 3);
  } else {
    node.writeUIntBE(left, 0, recordSize / 8);
    node.writeUIntBE(right, recordSize / 8, recordSize / 8);
  }
  return node;
}

/** IPv4 lies at ::/96 of a tree for both, and is all of a tree for IPv4. */
function inTree({ bytes, length }: Prefix, ipVersion: 4 | 6): [Uint8Array, number] {
  const mapped = length >= 96 && bytes[10] === 0xff && bytes.subarray(0, 10).every((byte) => byte === 0);
  if (ipVersion === 4) {
    if (!mapped) throw new Error('IPv6 has no place in a tree for IPv4');
    return [bytes.subarray(12), length - 96];
  }
  return mapped ? [Uint8Array.from([...new Uint8Array(12), ...bytes.subarray(12)]), length] : [bytes, length];
}

/** @returns a whole file */
export function mmdb({ type, networks, ipVersion = 6, recordSize = 28, built }: MmdbOptions): Buffer {
  const tree = new Tree();
  const data: Buffer[] = [];
  const known = new Map<Value, number>();
  let end = 0;
  const place = (value: Value): number => {
    const found = known.get(value);
    if (found !== undefined) return found;
    const bytes = encode(value);
    known.set(value, end);
    data.push(bytes);
    return (end += bytes.length) - bytes.length;
  };
  const prefixes = Object.entries(networks).map(([text, value]) => {
    const prefix = parsePrefix(text);
    if (!prefix) throw new Error(`${text} is no prefix`);
    return { prefix, value };
  });
  prefixes.sort((a, b) => a.prefix.length - b.prefix.length);
  for (const { prefix, value } of prefixes) tree.insert(...inTree(prefix, ipVersion), -2 - place(value));
  const metadata = encode({
    binary_format_major_version: 2,
    binary_format_minor_version: 0,
    build_epoch: BigInt(Math.floor((built ?? new Date('2026-11-18T00:00:00Z')).getTime() / 1000)),
    database_type: type,
    description: { en: 'made by a test' },
    ip_version: ipVersion,
    languages: ['en'],
    node_count: tree.nodes.length,
    record_size: recordSize,
  });
  const marker = Buffer.from('\xab\xcd\xefMaxMind.com', 'latin1');
  return Buffer.concat([tree.write(recordSize), Buffer.alloc(16), ...data, marker, metadata]);
}

/** @returns a record as GeoLite2-City and -Country have it */
export const inCountry = (iso_code: string): Value => ({
  city: { geoname_id: 1, names: { en: 'Anywhere' } },
  country: { geoname_id: 2, iso_code, names: { en: `country ${iso_code}` } },
  location: { latitude: 51.5, longitude: -0.25 },
});

/** @returns a record as GeoLite2-ASN has it */
export const inAs = (number: number): Value => ({
  autonomous_system_number: number,
  autonomous_system_organization: `AS ${number}`,
});

/** @returns a record of the size that those of GeoLite2-City have */
export function inCity(iso_code: string, city: number): Value {
  const languages = ['de', 'en', 'es', 'fr', 'ja', 'pt-BR', 'ru', 'zh-CN'];
  const names = (what: string): Value =>
    Object.fromEntries(languages.map((language) => [language, `${what} in ${language}`]));
  return {
    city: { geoname_id: city, names: names(`city ${city}`) },
    continent: { code: 'EU', geoname_id: 6_255_148, names: names('continent') },
    country: { geoname_id: 2_921_044, iso_code, names: names(`country ${iso_code}`) },
    location: { accuracy_radius: 20, latitude: 51.25, longitude: -0.5, time_zone: 'Europe/Berlin' },
    postal: { code: '10115' },
    subdivisions: [{ geoname_id: 2_950_157, iso_code: 'BE', names: names('subdivision') }],
  };
}
