import { describe, expect, it } from 'vitest';
import { parseListing } from './text.js';

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

describe('parseListing', () => {
  it('finds tables and the rules of each by handle', () => {
    const tables = parseListing(listing);
    expect(tables.map((t) => [t.family, t.name])).toEqual([
      ['inet', 'filter'],
      ['ip', 'odd'],
    ]);
    expect([...(tables[0]?.rules ?? [])]).toEqual([
      [5, 'tcp dport { 80, 443 } accept comment "a # handle 9 } b"'],
      [6, 'udp dport 53 counter reject'],
      [8, 'jump sub'],
    ]);
    expect([...(tables[1]?.rules ?? [])]).toEqual([[2, 'masquerade']]);
  });

  it('gives a version that follows the text of its table alone', () => {
    const [before, other] = parseListing(listing);
    const [after, same] = parseListing(listing.replace('udp dport 53', 'udp dport 54'));
    expect(before?.version).toMatch(/^[0-9a-f]{16}$/);
    expect(after?.version).not.toBe(before?.version);
    expect(same?.version).toBe(other?.version);
  });

  it('puts a rule with a chain of its own on one line', () => {
    const inline = `table inet t { # handle 1
	chain in { # handle 2
		tcp dport 80 jump {
			ip saddr 10.1.0.0/24 accept
			drop
		} # handle 8
		accept # handle 9
	}
}
`;
    expect([...(parseListing(inline)[0]?.rules ?? [])]).toEqual([
      [8, 'tcp dport 80 jump { ip saddr 10.1.0.0/24 accept; drop; }'],
      [9, 'accept'],
    ]);
  });

  it('reads an empty ruleset', () => {
    expect(parseListing('')).toEqual([]);
  });
});
