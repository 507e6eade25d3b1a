import { columns, type ColumnName, emptyValues, jsonRow, type JsonRow } from '#columns';
import { describe, expect, it } from 'vitest';
import { example } from '../testing/rows.js';
import { SavedRows } from './row-values.js';

const fault = (row: number, message: string): Error => new Error(`row ${row}: ${message}`);
const saved = (row: Readonly<Record<string, unknown>>): SavedRows => new SavedRows([row], fault);

describe('SavedRows', () => {
  const full: JsonRow = {
    ...example,
    packet_id: '18446744073709551615',
    ip_dst: '2001:db8::1',
    tcp_flags: 'SYN,ACK',
    ct_state: 'new,0x8000',
    mark: 4294967295,
  };

  it.each(columns.map(({ name }) => name))('reads %s as jsonRow() writes it', (name) => {
    expect(jsonRow(saved(full), 0)[name]).toEqual(full[name]);
    expect(jsonRow(saved(example), 0)[name]).toEqual(example[name]);
  });

  it('has the absent value where a column is missing', () => {
    for (const { name, kind } of columns) expect(saved({}).get(name, 0)).toEqual(emptyValues[kind]);
  });

  it.each<[ColumnName, unknown, string]>([
    ['ts', 'yesterday', 'row 0: ts "yesterday" is not a time'],
    ['dport', '80', 'row 0: dport "80" is not a whole number'],
    ['dport', -1, 'is not a whole number'],
    ['packet_id', '0x1', 'is not a whole number'],
    ['decisive', 1, 'is neither true nor false'],
    ['ip_src', '10.0.0', 'is not an address'],
    ['hw_src', 'aa:bb', 'is not a hardware address'],
    ['tcp_flags', 'SYN,XYZ', 'has a flag that nobody knows'],
    ['table', 7, 'is not a text'],
  ])('refuses a bad %s: %j', (name, value, message) => {
    expect(() => saved({ [name]: value }).get(name, 0)).toThrow(message);
  });
});
