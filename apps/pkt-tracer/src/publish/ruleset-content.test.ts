import { expect, it } from 'vitest';
import { packRules } from '#ruleset';
import { rulesetContent } from './ruleset-content.js';

const text = `table inet filter { # handle 7
	set blocked { # handle 1
		type ipv4_addr . inet_service
		flags interval
	}

	counter dropped { # handle 2
		packets 0 bytes 0
	}

	chain input { # handle 3
		type filter hook input priority filter; policy drop;
		tcp dport 22 accept comment "ssh # handle 9" # handle 4
		jump {
			drop # handle 12
		} # handle 5
	}

	chain other { # handle 6
		accept # handle 9
	}
}
`;

it('says where each rule stands, and which sets there are', () => {
  const rule = (handle: number, comment = '') => ({ handle, text: '', comment, rejects: false });
  const content = rulesetContent({
    family: 'inet',
    name: 'filter',
    handle: 7,
    text,
    version: '00',
    chains: [
      { name: 'input', type: 'filter', hook: 'input', priority: 0, policy: 'drop' },
      { name: 'other' },
    ],
    rules: packRules([rule(9), rule(4, 'ssh # handle 9'), rule(5), rule(12), rule(77)]),
  });
  expect(content.rules).toEqual([
    { chain: '', handle: 77, line: 0 },
    { chain: 'input', handle: 4, line: 13, comment: 'ssh # handle 9' },
    { chain: 'input', handle: 12, line: 15 },
    { chain: 'input', handle: 5, line: 16 },
    { chain: 'other', handle: 9, line: 20 },
  ]);
  expect(content.sets).toEqual([
    { kind: 'set', name: 'blocked', type: 'ipv4_addr . inet_service' },
    { kind: 'counter', name: 'dropped' },
  ]);
  expect(content.chains[0]).toEqual({
    name: 'input',
    type: 'filter',
    hook: 'input',
    priority: 0,
    policy: 'drop',
  });
});
