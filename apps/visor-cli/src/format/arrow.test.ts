import { tableFromIPC, type Table } from 'apache-arrow';
import { describe, expect, it } from 'vitest';
import { example, rowJson } from '../testing/rows.js';
import { ArrowFormatter } from './arrow.js';

async function tableOf(
  parts: string[][],
  { chosen, live = false }: { chosen?: string; live?: boolean } = {},
): Promise<Table> {
  const formatter = new ArrowFormatter({ chosen, live });
  const bytes: Uint8Array[] = [];
  for (const rows of parts) bytes.push(Buffer.from(await formatter.rows(rows)));
  bytes.push(await formatter.end());
  return tableFromIPC(Buffer.concat(bytes));
}

const rowOf = (table: Table, at: number): Record<string, unknown> => table.get(at)?.toJSON() ?? {};

describe('arrow', () => {
  it('has the values of a row in the types of their columns', async () => {
    const rule = 'a\x1b[2J\u202e\n"日本';
    const table = await tableOf([[rowJson({ rule, handle: '18446744073709551615' })]]);
    const row = rowOf(table, 0);
    const same = ['agent_id', 'fate', 'decisive', 'ip_src', 'dport', 'hw_src', 'tcp_flags', 'len'] as const;
    for (const name of same) expect(row[name]).toBe(example[name]);
    expect([row['packet_id'], row['handle'], row['rule']]).toEqual([
      9007199254740993n,
      18446744073709551615n,
      rule,
    ]);
    expect(table.getChild('ts')?.data[0]?.values).toEqual(BigInt64Array.of(1795269791204518n));
  });

  it('is one stream, however the rows come', async () => {
    const rows = Array.from({ length: 20_000 }, (_, i) => rowJson({ sport: i }));
    const wanted = rows.map((_, i) => i);
    for (const live of [false, true]) {
      const table = await tableOf([rows.slice(0, 3), [], rows.slice(3, 9000), rows.slice(9000)], { live });
      expect([...(table.getChild('sport')?.toArray() as Uint16Array)]).toEqual(wanted);
    }
  });

  it('gives live rows at once', async () => {
    const formatter = new ArrowFormatter({ live: true });
    expect((await formatter.rows([rowJson()])).length).toBeGreaterThan(1000);
    expect(await new ArrowFormatter({ live: false }).rows([rowJson()])).toBe('');
  });

  it('has its schema without rows, and only the columns that were chosen', async () => {
    const table = await tableOf([], { chosen: 'ttl,ts' });
    expect([table.numRows, table.schema.names]).toEqual([0, ['ttl', 'ts']]);
  });

  it('has the absent value for what the hub did not send', async () => {
    const row = rowOf(await tableOf([['{"ts":"2026-11-21T14:03:11Z"}']]), 0);
    expect([row['ttl'], row['rule'], row['packet_id'], row['decisive']]).toEqual([0, '', 0n, false]);
  });

  it.each([
    [{ ttl: 256 }, 'a row has ttl 256, which is no number from 0 to 255'],
    [{ ttl: -1 }, 'a row has ttl -1, which is no number from 0 to 255'],
    [{ len: 1.5 }, 'a row has len 1.5, which is no number from 0 to 4294967295'],
    [{ dport: 'x' }, 'a row has dport "x", which is no number from 0 to 65535'],
    [
      { packet_id: '18446744073709551616' },
      'a row has packet_id "18446744073709551616", which is no number of 64 bits',
    ],
    [{ packet_id: '-1' }, 'a row has packet_id "-1", which is no number of 64 bits'],
    [{ ts: 'then\x1b' }, 'a row has ts "then\\u001b", which is no time'],
    [{ decisive: 'yes' }, 'a row has decisive "yes", which is neither true nor false'],
    [{ rule: 7 }, 'a row has rule 7, which is no text'],
  ])('refuses %j', async (values, message) => {
    await expect(tableOf([[rowJson(values)]])).rejects.toThrow(
      expect.objectContaining({ code: 'protocol', message }) as Error,
    );
  });
});
