import { describe, expect, it } from 'vitest';
import * as A from './attributes.js';
import { Phase } from './epochs.js';
import { type TableFacts } from './rule-facts.js';
import { AssemblyBench, testTable } from './testing/bench.js';
import { first, rule } from './testing/events.js';
import { type TraceMessage } from './testing/trace-message.js';

describe('while a change is under way', () => {
  const rules = [
    { handle: 4, text: 'meta nftrace set 1', comment: '', rejects: false },
    { handle: 5, text: 'udp dport 9 reject', comment: 'new', rejects: true },
  ];

  /** An event of each of the handles 4, 5, 7 (gone in the new version) and 9 (new), before anything is announced */
  function told(before: Partial<TableFacts>, after: Partial<TableFacts>): unknown[][] {
    const bench = new AssemblyBench({}, [{ ...testTable, ...before }]);
    bench.assembler.phase = Phase.either;
    bench.feed(first(), rule(7, A.NFT_CONTINUE), rule(9, A.NFT_CONTINUE), rule(5, A.NF_DROP));
    expect(bench.emitted()).toEqual([]);
    bench.rules.add(1, [{ ...testTable, version: 'v2', rules: [...rules, rule9], ...after }]);
    return bench.rows().map((r) => [r.handle, r.rule, r.comment, r.table_version, r.fate]);
  }
  const rule9 = { handle: 9, text: 'counter', comment: '', rejects: false };

  it('a rule is unknown where the old table and the new one differ in it', () => {
    expect(told({ handle: 1 }, { handle: 2 })).toEqual([
      ['4', 'meta nftrace set 1', '', 'v1', 'dropped'],
      ['7', 'tcp dport 80 accept', '', 'v1', 'dropped'],
      ['9', 'counter', '', 'v2', 'dropped'],
      ['5', 'unknown rule', '', '', 'dropped'],
    ]);
  });

  /** Of packets that come while the new ruleset is in force: table, rule and version of each of their rows */
  function met(...messages: TraceMessage[]): string[][] {
    const other = { ...testTable, name: 'other', handle: 9, chains: [{ name: 'raw', hook: 'prerouting' }] };
    const bench = new AssemblyBench({}, [{ ...testTable, handle: 1 }, other]);
    bench.assembler.phase = Phase.new;
    bench.feed(...messages);
    const again = { ...testTable, handle: 2, version: 'v2', rules: [...rules, rule9] };
    bench.rules.add(1, [again, other]);
    return bench.rows().map((r) => [r.packet_id, r.rule, r.table_version] as string[]);
  }
  const way = (ident: number): TraceMessage[] => [first({ ident }), rule(5, A.NF_ACCEPT)];
  const texts = (rows: string[][]): string[] => rows.map(([, text, version]) => `${version} ${text}`);
  const [old, next] = ['v1 tcp dport 8443 drop', 'v2 udp dport 9 reject'];

  it('a packet that comes through the new table and then through the old one has the rules of each', () => {
    const rows = met(...way(7), ...way(7), ...way(8));
    expect(texts(rows).filter((_, i) => i % 2 === 1)).toEqual([next, old, ' unknown rule']);
    expect(new Set(rows.map(([id]) => id)).size).toBe(2);
  });

  it('packets that nothing tells apart have no rules then, if they differ', () => {
    expect(texts(met(...way(0), ...way(0))).filter((_, i) => i % 2 === 1)).toEqual([
      ' unknown rule',
      ' unknown rule',
    ]);
  });

  it('who was seen before would have come through there again: it is the same packet', () => {
    const tagged = { ...first({ chain: 'raw', ident: 0 }), table: 'other', handle: 7 };
    const rows = met(tagged, rule(7, A.NF_ACCEPT, { chain: 'raw', table: 'other' }), ...way(0), ...way(0));
    expect(texts(rows).filter((text) => [old, next].includes(text))).toEqual([next, old]);
    expect(new Set(rows.map(([id]) => id)).size).toBe(1);
  });

  it('a rule that was replaced is unknown where the table is the same one, too', () => {
    expect(told({ handle: 1 }, { handle: 1 }).map((row) => row[1])).toEqual([
      'meta nftrace set 1',
      'tcp dport 80 accept',
      'counter',
      'unknown rule',
    ]);
  });
});
