import { expect, it } from 'vitest';
import { packRules, type TableSnapshot } from '#ruleset';
import { rulesetContent } from './ruleset-content.js';

it('says of each rule where it stands, in the order of the lines', () => {
  const rule = (handle: number, chain: number, line: number, comment = '') => ({
    handle,
    chain,
    line,
    text: `text ${handle}`,
    comment,
    rejects: false,
  });
  const table: TableSnapshot = {
    family: 'inet',
    name: 'filter',
    handle: 7,
    text: 'table inet filter { # handle 7\n}\n',
    version: '00',
    chains: [
      { name: 'input', type: 'filter', hook: 'input', priority: 0, policy: 'drop', comment: 'what comes in' },
      { name: 'other' },
    ],
    sets: [{ kind: 'set', name: 'blocked', type: 'ipv4_addr', flags: ['interval'], count: 100_000 }],
    rules: packRules([rule(9, 1, 20), rule(4, 0, 13, 'ssh'), rule(12, 0, 0), rule(5, 0, 16)]),
  };
  expect(rulesetContent(table)).toEqual({
    text: table.text,
    chains: table.chains,
    sets: table.sets,
    rules: [
      { chain: 'input', handle: 12, line: 0 },
      { chain: 'input', handle: 4, line: 13, comment: 'ssh' },
      { chain: 'input', handle: 5, line: 16 },
      { chain: 'other', handle: 9, line: 20 },
    ],
  });
});
