/** What is looked up of an address: one field of a database's records. */
export interface GeoField<V> {
  /** The setting with the file's path, and the label of its metrics */
  readonly setting: string;
  readonly database: 'city' | 'asn';
  /** For messages */
  readonly path: string;
  readonly wanted: string;
  /** The columns that stay empty without it */
  readonly columns: string;
  readonly empty: V;
  /** @returns the field's value; `empty` where the record has none, or something that it cannot be */
  readonly read: (record: unknown) => V;
}

const at = (value: unknown, key: string): unknown =>
  typeof value === 'object' && value !== null ? (value as Readonly<Record<string, unknown>>)[key] : undefined;

export const countryField: GeoField<string> = {
  setting: 'enrich.geoip.city',
  database: 'city',
  path: 'country.iso_code',
  wanted: 'a City or Country database',
  columns: 'country_src and country_dst',
  empty: '',
  read: (record) => {
    const code = at(at(record, 'country'), 'iso_code');
    return typeof code === 'string' && /^[A-Z]{2}$/.test(code) ? code : '';
  },
};

export const asnField: GeoField<number> = {
  setting: 'enrich.geoip.asn',
  database: 'asn',
  path: 'autonomous_system_number',
  wanted: 'an ASN or ISP database',
  columns: 'asn_src and asn_dst',
  empty: 0,
  read: (record) => {
    const number = at(record, 'autonomous_system_number');
    return typeof number === 'number' && number > 0 && number < 2 ** 32 ? Math.trunc(number) : 0;
  },
};
