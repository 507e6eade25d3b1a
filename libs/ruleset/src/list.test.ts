import { describe, expect, it } from 'vitest';
import { RulesetError } from './errors.js';
import { parseJson } from './json.js';
import { combine } from './list.js';
import { parseListing } from './text.js';

const text = `table netdev edge { # handle 4
	chain in { # handle 1
		type filter hook ingress device "eth0" priority filter; policy accept;
		ip saddr 10.0.0.1 reject # handle 2
	}
}
`;
const json = JSON.stringify({
  nftables: [
    { metainfo: { version: '1.0.6' } },
    { table: { family: 'netdev', name: 'edge', handle: 4 } },
    {
      chain: {
        family: 'netdev',
        table: 'edge',
        name: 'in',
        hook: 'ingress',
        prio: 0,
        policy: 'accept',
        dev: 'eth0',
      },
    },
    {
      rule: {
        family: 'netdev',
        table: 'edge',
        chain: 'in',
        handle: 2,
        comment: 'no',
        expr: [{ match: {} }, { reject: null }],
      },
    },
  ],
});

describe('combine', () => {
  it('puts text and facts of a table together', () => {
    const [table] = combine(parseListing(text), parseJson(json))?.tables ?? [];
    expect(table?.chains).toEqual([
      { name: 'in', hook: 'ingress', priority: 0, policy: 'accept', device: 'eth0' },
    ]);
    expect(table?.rules).toEqual([
      { handle: 2, chain: 'in', text: 'ip saddr 10.0.0.1 reject', comment: 'no', rejects: true },
    ]);
  });

  it('refuses two listings of different generations', () => {
    expect(
      combine(parseListing(text.replace('# handle 2\n', '# handle 3\n')), parseJson(json)),
    ).toBeUndefined();
    expect(combine([], parseJson(json))).toBeUndefined();
  });
});

describe('parseJson', () => {
  it('takes control characters that nft leaves in comments', () => {
    const raw =
      '{"nftables": [{"rule": {"family": "ip", "table": "t", "chain": "c", "handle": 1, "comment": "a\u0001b"}}]}';
    expect(parseJson(raw).rules[0]?.comment).toBe('a\u0001b');
  });

  it('takes a statement that nft has no JSON for, and prints as text', () => {
    const rule = {
      family: 'ip',
      table: 't',
      chain: 'c',
      handle: 1,
      expr: ['jump { accept; }', { reject: null }],
    };
    expect(parseJson(JSON.stringify({ nftables: [{ rule }] })).rules[0]?.rejects).toBe(true);
  });

  it('says when it is no JSON', () => {
    expect(() => parseJson('Error: syntax')).toThrow(RulesetError);
  });
});
