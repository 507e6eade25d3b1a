import { type RulesetVersion } from '#api-client';
import { describe, expect, it } from 'vitest';
import { paint } from '../format/paint.js';
import { parseRow } from '../format/printable.js';
import { rowJson } from '../testing/rows.js';
import { markedChains, versionsOf } from './ruleset.js';

type Values = NonNullable<Parameters<typeof rowJson>[0]>;

const text = [
  'table inet filter { # handle 1',
  '\tset s { # handle 9',
  '\t\ttype ipv4_addr',
  '\t}',
  '',
  '\tchain input { # handle 2',
  '\t\ttype filter hook input priority filter; policy drop;',
  '\t\ttcp dport 22 jump "a b" # handle 5',
  '\t\tudp dport 1 jump { # handle 7',
  '\t\t\taccept # handle 6',
  '\t\t}',
  '\t}',
  '',
  '\tchain "a b" { # handle 3',
  '\t\tip saddr 10.0.0.1 \x1baccept # handle 8',
  '\t}',
  '}',
  '',
].join('\n');
const version = {
  version: 'v1',
  text,
  rules: [
    { chain: 'input', handle: 5, line: 8 },
    { chain: 'input', handle: 7, line: 11 },
    { chain: 'a b', handle: 8, line: 15 },
  ],
} as unknown as RulesetVersion;

const rows = (...hops: Values[]) =>
  hops.map((values, hop) =>
    parseRow(rowJson({ hop, decisive: false, chain: 'input', table_version: 'v1', ...values })),
  );

const mark = (...hops: Values[]): string =>
  versionsOf(rows(...hops))
    .map((one) => markedChains(one, version, paint(false)))
    .join('');

describe('markedChains', () => {
  it('shows the chains that were met, with the hops beside their rules, and the policy that decided', () => {
    expect(
      mark(
        { handle: '5', verdict: 'jump', jt: 'a b' },
        { handle: '8', chain: 'a b', verdict: 'continue' },
        { handle: '7', verdict: 'continue' },
        { handle: '0', type: 'policy', verdict: 'drop', decisive: true },
      ),
    ).toBe(`\
        │ chain input { # handle 2
▶     3 │     type filter hook input priority filter; policy drop;
      0 │     tcp dport 22 jump "a b" # handle 5
        │     udp dport 1 jump { # handle 7
        │         accept # handle 6
      2 │     }
        │ }
        │
        │ chain "a b" { # handle 3
      1 │     ip saddr 10.0.0.1 \\x1baccept # handle 8
        │ }
`);
  });

  it('says that a chain is not in the version', () => {
    expect(mark({ chain: 'gone', handle: '1' })).toBe('        chain gone is not in this version\n');
  });

  it('is of each version that was met, in their order', () => {
    const found = versionsOf(
      rows({ table_version: 'b' }, { table_version: 'a', table: 't' }, { table_version: 'b' }),
    );
    expect(found.map((one) => [one.version, one.table, one.rows.length])).toEqual([
      ['b', 'filter', 2],
      ['a', 't', 1],
    ]);
  });
});
