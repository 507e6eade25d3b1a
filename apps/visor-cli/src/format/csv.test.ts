import { columns } from '#columns';
import { describe, expect, it } from 'vitest';
import { rowJson } from '../testing/rows.js';
import { CsvFormatter } from './csv.js';

describe('csv', () => {
  it('has a header, texts in quotes, numbers without, and CR LF', () => {
    const formatter = new CsvFormatter('ts,packet_id,decisive,dport,rule');
    expect(formatter.rows([rowJson()]) + formatter.rows([]) + formatter.end()).toBe(
      '"ts","packet_id","decisive","dport","rule"\r\n' +
        '"2026-11-21T14:03:11.204518Z","9007199254740993",true,8443,"tcp dport 8443 drop"\r\n',
    );
  });

  it('has all columns in their order', () => {
    const [head = ''] = new CsvFormatter().end().split('\r\n');
    expect(JSON.parse(`[${head}]`)).toEqual(columns.map(({ name }) => name));
  });

  it('keeps what is in quotes, and every other character', () => {
    const rule = 'a "b", c\r\nd\x1b[2J\u202e;=1+1\t';
    const text = new CsvFormatter('rule,dport').rows([rowJson({ rule })]);
    expect(text).toBe(`"rule","dport"\r\n"a ""b"", c\r\nd\x1b[2J\u202e;=1+1\t",8443\r\n`);
  });

  it('has an empty field for what the hub did not send', () => {
    expect(new CsvFormatter('ttl,rule,dport').rows(['{"dport":1}'])).toBe('"ttl","rule","dport"\r\n,,1\r\n');
  });

  it('refuses what is no column, and what is no row', () => {
    expect(() => new CsvFormatter('tll')).toThrow('did you mean ttl?');
    expect(() => new CsvFormatter().rows(['{'])).toThrow('the hub sent a row that is no JSON: {');
  });
});
