import { describe, expect, it } from 'vitest';
import { type KernelChain, type KernelRule, type KernelTable } from './kernel-table.js';
import { findTexts, rowText } from './text.js';

const rule = (handle: number, comment = '', inner: string[] = []): KernelRule => ({
  handle,
  comment,
  rejects: false,
  content: `rule ${handle}`,
  inner,
});

function chain(
  raw: string,
  handle: number,
  rules: KernelRule[],
  more: Partial<KernelChain> = {},
): KernelChain {
  return { raw, handle, facts: { name: raw }, comment: '', content: 'chain', inline: false, rules, ...more };
}

function table(family: string, raw: string, handle: number, chains: KernelChain[]): KernelTable {
  const key = `${family} ${raw}`;
  return { key, nfproto: 1, family, raw, handle, content: 'table', chains, objects: [] };
}

/** Tables, and their rules by handle, as they were found */
function found(listing: string, ...tables: KernelTable[]): unknown[] {
  const texts = (rules: Map<KernelRule, string>): [number, string][] =>
    Array.from(rules, ([{ handle, comment }, statements]) => [handle, rowText(statements, comment)]);
  return Array.from(findTexts(listing, tables), ([{ raw }, { rules }]) => [raw, ...texts(rules)]);
}

const base = { name: 'input', type: 'filter', hook: 'input', priority: 0, policy: 'drop' };

describe('findTexts', () => {
  it('finds tables and the rules of each by handle', () => {
    const listing = `table inet filter { # handle 1
	set s { # handle 3
		type ipv4_addr
	}

	chain sub { # handle 1
		tcp dport { 80, 443 } accept comment "a # handle 9
}
b" # handle 5
		udp dport 53 counter reject # handle 6
	}

	chain input { # handle 2
		comment "of the chain"
		type filter hook input priority filter; policy drop;
		jump sub # handle 8
	}
}
table ip odd { # handle 2
	chain a { # handle 1
		type nat hook postrouting priority srcnat; policy accept;
		masquerade # handle 2
	}
}
`;
    const filter = table('inet', 'filter', 1, [
      chain('sub', 1, [rule(5, 'a # handle 9\n}\nb'), rule(6)]),
      chain('input', 2, [rule(8)], { facts: base, comment: 'of the chain' }),
    ]);
    const odd = table('ip', 'odd', 2, [chain('a', 1, [rule(2)], { facts: base })]);
    expect(found(listing, filter, odd)).toEqual([
      [
        'filter',
        [5, 'tcp dport { 80, 443 } accept comment "a # handle 9 } b"'],
        [6, 'udp dport 53 counter reject'],
        [8, 'jump sub'],
      ],
      ['odd', [2, 'masquerade']],
    ]);
    const texts = [...findTexts(listing, [filter, odd]).values()].map(({ text }) => text);
    expect(texts.join('')).toBe(listing);
  });

  it('puts a rule with a chain of its own on one line', () => {
    const listing = `table inet t { # handle 1
	chain in { # handle 2
		tcp dport 80 jump {
			ip saddr 10.1.0.0/24 accept
			drop
		} comment "own" # handle 8
		accept # handle 9
	}
}
`;
    const inline = chain('__chain0', 5, [rule(6), rule(7)], { inline: true });
    const t = table('inet', 't', 1, [inline, chain('in', 2, [rule(8, 'own', ['__chain0']), rule(9)])]);
    const jump = 'tcp dport 80 jump { ip saddr 10.1.0.0/24 accept; drop; } comment "own"';
    expect(found(listing, t)).toEqual([
      ['t', [8, jump], [9, 'accept'], [6, 'ip saddr 10.1.0.0/24 accept'], [7, 'drop']],
    ]);
    // which line is which is not guessed at
    const other = chain('__chain0', 5, [rule(6)], { inline: true });
    expect(found(listing, { ...t, chains: [other, ...t.chains.slice(1)] })).toEqual([
      ['t', [8, jump], [9, 'accept']],
    ]);
  });

  const names = [
    'a b',
    'br{ace',
    'quo"te',
    '#',
    'new\nline',
    'caf\xc3\xa9',
    '\xff\xfe',
    'table',
    'x'.repeat(255),
  ];
  const fake = 'a\n\t}\n}\ntable inet last { # handle 999';
  it.each([...names, fake, '\tchain c { # handle 1', ' # handle 3'])(
    'takes the name and comment %j',
    (name) => {
      const text = (raw: string, handle: number): string => `table inet ${raw} { # handle ${handle}
	chain ${raw} { # handle 1
		accept # handle 2
		counter comment "${raw.slice(0, 100)}" # handle 3
		drop # handle 30
	}
}
`;
      const one = table('inet', name, 9, [chain(name, 1, [rule(2), rule(3, name.slice(0, 100)), rule(30)])]);
      const last = table('inet', 'last', 999, [chain('last', 1, [rule(2), rule(3, 'last'), rule(30)])]);
      const told = `counter comment "${name.slice(0, 100)}"`.replaceAll('\n', ' ');
      expect(found(text(name, 9) + text('last', 999), one, last)).toEqual([
        [name, [2, 'accept'], [3, told], [30, 'drop']],
        ['last', [2, 'accept'], [3, 'counter comment "last"'], [30, 'drop']],
      ]);
    },
  );

  it('leaves out the rules that the listing does not have, and finds the others', () => {
    const listing = `table inet a { # handle 1
	chain c { # handle 1
		accept # handle 12
	}
}
table inet b { # handle 2
	chain c { # handle 1
		drop # handle 11
		return # handle 13
	}
}
`;
    const a = table('inet', 'a', 1, [
      chain('c', 1, [rule(11), rule(12), rule(13)]),
      chain('gone', 7, [rule(14)]),
    ]);
    const b = table('inet', 'b', 2, [chain('c', 1, [rule(11), rule(13)])]);
    expect(found(listing, a, b)).toEqual([
      ['a', [12, 'accept']],
      ['b', [11, 'drop'], [13, 'return']],
    ]);
    expect(found(listing, table('inet', 'b', 22, []), b)).toEqual([['b', [11, 'drop'], [13, 'return']]]);
    expect(found('', a, b)).toEqual([]);
  });

  it('gives a table up that has nothing in common with the listing, and not the next one', () => {
    const rules = Array.from({ length: 100_000 }, (_, i) => rule(i + 10));
    const wrong = table('inet', 'wrong', 1, [chain('c', 1, rules)]);
    const right = table('inet', 'right', 2, [chain('c', 1, [rule(2)])]);
    const line = '\t\taccept # handle 9\n';
    const listing = `table inet wrong { # handle 1\n\tchain c { # handle 1\n${line.repeat(10)}\t}\n}
table inet right { # handle 2\n\tchain c { # handle 1\n\t\tdrop # handle 2\n\t}\n}\n`;
    expect(found(listing, wrong, right)).toEqual([['wrong'], ['right', [2, 'drop']]]);
  });

  it('finds 50,000 rules', () => {
    const rules = Array.from({ length: 50_000 }, (_, i) => rule(i + 2, `rule ${i}`));
    const lines = rules.map(
      ({ handle, comment }) => `\t\tip saddr ${handle} drop comment "${comment}" # handle ${handle}\n`,
    );
    const listing = `table inet t { # handle 1\n\tchain c { # handle 1\n${lines.join('')}\t}\n}\n`;
    const t = table('inet', 't', 1, [chain('c', 1, rules)]);
    const texts = [...(findTexts(listing, [t]).get(t)?.rules ?? [])];
    expect(texts).toHaveLength(50_000);
    expect(texts.at(-1)).toEqual([rules.at(-1), 'ip saddr 50001 drop']);
  });
});
