import { describe, expect, it, test } from 'vitest';
import { formatIp, formatMac } from './address.js';
import { ColumnBatch } from './batch.js';
import { agentColumns, columns, findColumn, flagName } from './columns.js';
import { formatFlags, formatTimestamp, jsonRow } from './json.js';
import { ctStateBits, tcpFlagBits } from './values.js';

/** The filter names of the original Visor: none may be lost. */
const original =
  'trid table chain jt handle family iif oif hw-src hw-dst ip-src ip-dst sport dport sg-src sg-dst net-src net-dst len proto verdict';

describe('columns', () => {
  it('have the 21 names of the original Visor', () => {
    const missing = original.split(' ').filter((name) => !findColumn(name));
    expect(missing).toEqual([]);
    expect(original.split(' ')).toHaveLength(21);
  });

  it('have unique names in snake case and a doc of one line', () => {
    expect(new Set(columns.map((c) => c.name)).size).toBe(columns.length);
    for (const { name, doc } of columns) {
      expect(name).toMatch(/^[a-z][a-z0-9_]*$/);
      expect(doc).toMatch(/^[^\n]{4,90}$/);
    }
  });

  it('are found by either spelling', () => {
    expect(findColumn('IP-Src')?.name).toBe('ip_src');
    expect(findColumn('ip_src')?.name).toBe('ip_src');
    expect(findColumn('nope')).toBeUndefined();
    expect(flagName('table_version')).toBe('table-version');
  });
});

describe('columns that the hub adds', () => {
  it('are empty in the rows of an agent, which has no room for them', () => {
    const batch = new ColumnBatch(1);
    batch.rows = 1;
    expect([batch.get('country_src', 0), batch.get('asn_dst', 0)]).toEqual(['', 0]);
    expect(Object.keys(batch.data)).toEqual(agentColumns.map((c) => c.name));
    expect(agentColumns.map((c) => c.name)).not.toContain('country_src');
  });
});

const ip = (hex: string): Uint8Array => Buffer.from(hex.replaceAll(' ', ''), 'hex');

describe('formatIp', () => {
  test.each([
    ['0000 0000 0000 0000 0000 0000 0000 0000', ''],
    ['0000 0000 0000 0000 0000 ffff 0a00 0001', '10.0.0.1'],
    ['0000 0000 0000 0000 0000 ffff 0000 0000', '0.0.0.0'],
    ['0000 0000 0000 0000 0000 0000 0000 0001', '::1'],
    ['fe80 0000 0000 0000 0000 0000 0000 0000', 'fe80::'],
    ['2001 0db8 0000 0001 0000 0000 0000 0001', '2001:db8:0:1::1'],
    ['2001 0000 0000 0001 0000 0000 0001 0001', '2001::1:0:0:1:1'],
    ['2001 0db8 0000 0001 0001 0001 0001 0001', '2001:db8:0:1:1:1:1:1'],
    ['ffff ffff ffff ffff ffff ffff ffff ffff', 'ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff'],
  ])('%s is %s', (bytes, text) => {
    expect(formatIp(ip(bytes))).toBe(text);
  });
});

describe('the other kinds in JSON', () => {
  it('show addresses, masks and times as people write them', () => {
    expect(formatMac(0n)).toBe('');
    expect(formatMac(0x0242ac110002n)).toBe('02:42:ac:11:00:02');
    expect(formatFlags(0x12, tcpFlagBits)).toBe('SYN,ACK');
    expect(formatFlags(0x48, ctStateBits)).toBe('new,untracked');
    expect(formatFlags(0x80000010, ctStateBits)).toBe('0x10,0x80000000');
    expect(formatTimestamp(1_795_244_446_452_065)).toBe('2026-11-21T07:00:46.452065Z');
    expect(formatTimestamp(1_000_000)).toBe('1970-01-01T00:00:01.000000Z');
  });

  it('are all there in a row, absent values too', () => {
    const batch = new ColumnBatch(1);
    batch.rows = 1;
    batch.data.packet_id.set([0xffffffff, 0xffffffff]);
    batch.data.decisive[0] = 1;
    batch.data.fate[0] = batch.strings.id('dropped');
    const row = jsonRow(batch, 0);
    expect(Object.keys(row)).toEqual(columns.map((c) => c.name));
    expect(row).toMatchObject({
      packet_id: '18446744073709551615',
      decisive: true,
      fate: 'dropped',
      ip_src: '',
      ttl: 0,
    });
  });
});
