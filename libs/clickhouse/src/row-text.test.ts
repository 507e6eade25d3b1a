import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { columns, type ColumnDefinition, type Kind } from '#columns';
import { csvHeader, RowTextWriter, type RowText } from './row-text.js';
import { jsonSql, selectRows } from './select.js';
import { storageModes, temporaryDatabase } from './testing/directory.js';

const base_us = Math.floor(Date.now() / 1000 - 7200) * 1e6;

/** Any bytes, of which strings of the kernel are made: UTF-8 or not. */
const bytes = fc.oneof(
  fc.constantFrom(
    '',
    'accept',
    '"',
    '\\',
    '\\"',
    'a\u2028b\u2029',
    "'{p0:String}",
    '\u0000',
    '\t\r\n\b\f',
    '/,;',
    '😀ß',
  ),
  fc.string({ unit: 'binary', maxLength: 12 }),
  fc.uint8Array({ maxLength: 12 }).map((list) => Buffer.from(list)),
);
const word = fc.oneof(fc.constantFrom(0, 1, 255, 0xffff), fc.integer({ min: 0, max: 0xffff }));
const address = fc.oneof(
  fc
    .constantFrom(
      '::',
      '::1',
      '::ffff:0:0',
      '::ffff:255.255.255.255',
      '::1.2.3.4',
      '::255.255.0.1',
      '::ffff:0:1.2.3.4',
      'ffff::ffff',
      '1::',
      '64:ff9b::1.2.3.4',
    )
    .map((text) => `toIPv6('${text}')`),
  fc
    .array(word, { minLength: 8, maxLength: 8 })
    .map((words) => `toIPv6('${words.map((w) => w.toString(16)).join(':')}')`),
);
const unsigned = (bits: number) => {
  const max = 2n ** BigInt(bits) - 1n;
  return fc.oneof(fc.constantFrom(0n, 1n, max), fc.bigInt({ min: 0n, max })).map(String);
};

/** Values as SQL. */
const values = {
  timestamp: fc
    .integer({ min: 0, max: 3600e6 })
    .map((us) => `fromUnixTimestamp64Micro(${base_us + us}, 'UTC')`),
  u8: unsigned(8),
  u16: unsigned(16),
  u32: unsigned(32),
  u64: unsigned(64),
  bool: fc.constantFrom('true', 'false'),
  name: bytes.map((text) => `unhex('${Buffer.from(text).toString('hex')}')`),
  enum: bytes.map((text) => `unhex('${Buffer.from(text).toString('hex')}')`),
  ip: address,
  mac: unsigned(48),
  flags: unsigned(32),
} satisfies Record<Kind, fc.Arbitrary<string>>;

const row = fc.tuple(...columns.map(({ kind }) => values[kind] as fc.Arbitrary<string>));

/** The same rows as ClickHouse makes them with an expression for each column. */
const bySql = `SELECT ${columns.map((column) => `${jsonSql(column, `t.\`${column.name}\``)} AS \`${column.name}\``).join(', ')}
FROM (SELECT * FROM traces) AS t ORDER BY t.ts, t.packet_id, t.hop
SETTINGS output_format_json_quote_64bit_integers = 0, output_format_json_escape_forward_slashes = 0, output_format_csv_crlf_end_of_line = 1`;

describe.each(storageModes)('rows as text (%s)', { timeout: 120_000 }, (mode) => {
  it.each(['jsonl', 'csv'] as const)(
    'are, as %s, those that ClickHouse makes by expressions',
    async (format) => {
      const { store, run } = await temporaryDatabase(mode);
      await fc.assert(
        fc.asyncProperty(fc.array(row, { minLength: 1, maxLength: 30 }), async (rows) => {
          await run('TRUNCATE TABLE traces');
          const list = columns.map(({ name }) => `\`${name}\``).join(', ');
          // `hop` makes keys different.
          const hop = columns.findIndex(({ name }) => name === 'hop');
          const tuples = rows.map((cells, i) => `(${cells.with(hop, String(i)).join(', ')})`).join(', ');
          await run(`INSERT INTO traces (${list}) SETTINGS async_insert = 0 SELECT * FROM values(${tuples})`);
          const wanted = Buffer.from((await store.queryWhole({ sql: bySql }, { format })).bytes);
          for (const take of [{ first: 100 }, { last: 100 }, { last: 20_000 }]) {
            const statement = selectRows({ decisive: false, take });
            const whole = await store.queryWhole(statement, { format });
            expect(Buffer.from(whole.bytes).toString('latin1')).toBe(wanted.toString('latin1'));
            expect(whole.found?.rows).toBe(rows.length);
            const parts: Uint8Array[] = [];
            for await (const part of store.queryStream(statement, format)) parts.push(part);
            const streamed = Buffer.concat(parts);
            // A server's client gives the rows of a stream as strings, which are of UTF-8.
            if (mode === 'server') expect(streamed.toString()).toBe(wanted.toString());
            else expect(streamed.toString('latin1')).toBe(wanted.toString('latin1'));
          }
        }),
        { numRuns: 12 },
      );
    },
  );
});

describe('RowTextWriter', () => {
  const some: readonly ColumnDefinition[] = [
    { name: 'rule', kind: 'name', group: 'ruleset', doc: '' },
    { name: 'tcp_flags', kind: 'flags', bits: ['FIN', 'SYN'], group: 'transport', doc: '' },
  ];
  const written = (form: RowText, rows: string, turned = false): string =>
    Buffer.from(new RowTextWriter(some, form).write(Buffer.from(rows), turned).bytes).toString();

  it('takes rows with and without spaces, in either order', () => {
    expect(written('jsonl', '["a", 3]\n["b",0]\n')).toBe(
      '{"rule":"a","tcp_flags":"FIN,SYN"}\n{"rule":"b","tcp_flags":""}\n',
    );
    expect(written('csv', '["a\\"b", 3]\n["b",0]\n', true)).toBe('"b",""\r\n"a""b","FIN,SYN"\r\n');
    expect(Buffer.from(csvHeader(some)).toString()).toBe('"rule","tcp_flags"\r\n');
    expect(written('jsonl', '')).toBe('');
  });

  it('has room for rows that become much longer than they were', () => {
    const mask = 2 ** 32 - 4;
    const rows = `["", ${mask}]\n`.repeat(1000);
    const lines = written('jsonl', rows).trimEnd().split('\n');
    expect(lines).toHaveLength(1000);
    expect(JSON.parse(lines[999] ?? '')).toMatchObject({
      tcp_flags: expect.stringMatching(/^0x4,.*0x80000000$/) as string,
    });
  });

  it.each(['["a"]\n', '["a", 1, 2]\n', '[]\n', '{"a":1}\n', '["a\n', '["a", 1\n', '\n'])(
    'refuses a row of other columns: %j',
    (rows) => {
      expect(() => written('jsonl', rows)).toThrow(/row of other columns/);
      expect(() => written('csv', rows)).toThrow(/row of other columns/);
    },
  );
});
