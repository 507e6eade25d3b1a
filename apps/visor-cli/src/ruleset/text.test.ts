import { type RulesetVersion } from '#api-client';
import { describe, expect, it } from 'vitest';
import { paint } from '../format/paint.js';
import { paintDiff, printableText, ruleText } from './text.js';

const text = `table inet fw { # handle 1
	set s { # handle 2
		type ipv4_addr
	}

	chain in { # handle 3
		type filter hook input priority filter; policy drop;
		tcp dport 80 accept # handle 4
		udp dport 53 jump {
			ip saddr 10.0.0.0/8 drop # handle 6
		} # handle 7
	}
}
`;
const version: RulesetVersion = {
  version: '0123456789abcdef',
  family: 'inet',
  table: 'fw',
  text,
  chains: [],
  rules: [
    { chain: 'in', handle: 4, line: 8 },
    { chain: 'in', handle: 6, line: 10 },
    { chain: 'in', handle: 7, line: 11 },
    { chain: 'in', handle: 9, line: 0 },
  ],
  sets: [],
  seen: [],
};
const heads = 'table inet fw { # handle 1\n\tchain in { # handle 3\n';
const ends = '\t}\n}\n';

describe('ruleText', () => {
  it('is the rule in its table and chain', () => {
    expect(ruleText(version, 4)).toBe(`${heads}\t\ttcp dport 80 accept # handle 4\n${ends}`);
    expect(ruleText(version, 6)).toBe(`${heads}\t\t\tip saddr 10.0.0.0/8 drop # handle 6\n${ends}`);
  });

  it('is all lines of a rule with a chain of its own', () => {
    expect(ruleText(version, 7)).toBe(
      `${heads}\t\tudp dport 53 jump {\n\t\t\tip saddr 10.0.0.0/8 drop # handle 6\n\t\t} # handle 7\n${ends}`,
    );
  });

  it.each([
    [5, 'there is no rule 5 in version 0123456789abcdef; '],
    [9, 'nft printed no line for rule 9 in version 0123456789abcdef; '],
  ])('says that rule %s is not there', (handle, sentence) => {
    expect(() => ruleText(version, handle)).toThrow(sentence);
  });
});

it('keeps tabs, and shows what a terminal would act on', () => {
  expect(printableText('\tcomment "\x1b[2J\r"\n')).toBe('\tcomment "\\x1b[2J\\x0d"\n');
});

it('colours a diff by its lines, not by what they say', () => {
  const diff = '--- a\n+++ b\n@@ -1,2 +1,2 @@\n same\n--- gone\n+++ new\n';
  const shown = paintDiff(diff, paint(true)).split('\n');
  const colours = paint(true);
  expect(shown.slice(3)).toEqual([' same', colours.removed('--- gone'), colours.added('+++ new'), '']);
  expect(paintDiff(diff, paint(false))).toBe(diff);
});
