import { afterAll, beforeAll, expect, it } from 'vitest';
import { describeAsRoot, type Lab, type Namespace, openLab, rulesetTexts } from './support/index.js';

const base = `
table inet t {
  comment "of the table"
  set s { type ipv4_addr; flags dynamic; comment "of the set"; elements = { 10.0.0.1 }; }
  set nets { type ipv4_addr; flags interval; elements = { 10.0.0.0/8, 11.0.0.3-11.0.0.7, 192.168.1.1 }; }
  map m { type inet_service : verdict; elements = { 22 : accept, 80 : jump other }; }
  counter c { packets 5 bytes 6; comment "of the counter"; }
  quota q { over 100 mbytes; }
  limit l { rate 5/second; }
  ct helper h { type "ftp" protocol tcp; }
  chain in {
    type filter hook input priority 0; policy accept; comment "of the chain"
    udp dport { 1, 2 } counter accept comment "first"
    udp dport 5001 jump { ip saddr 10.9.0.0/24 counter drop comment "inner"; }
    ip saddr @s drop
    tcp dport vmap @m
    tcp dport vmap { 22 : accept, 80 : drop }
    counter name c
    quota over 5 mbytes drop
    add @s { ip saddr }
  }
  chain other { comment "o"; }
  chain empty { }
}
table ip x { flags dormant; chain a { type nat hook postrouting priority 100; masquerade; }; }
`;
const T = 'table inet t';

/** What is loaded, and which tables nft is asked for then: those with something that it has not printed yet */
const steps: [name: string, file: string, asked: string[]][] = [
  ['the first ruleset', base, ['ruleset']],
  ['the same again, every handle new', `flush ruleset\n${base}`, []],
  ['inserted together', 'insert rule inet t in udp dport { 2, 1 } counter accept\n'.repeat(3), []],
  ['added with another comment', 'add rule inet t other ip saddr @s drop comment "x"', []],
  ['behind another', 'insert rule inet t in index 3 udp dport { 1, 2 } counter accept comment "third"', []],
  ['other elements in place', 'add rule inet t in udp dport { 1, 3 } counter accept', [T]],
  [
    'a known set in another rule',
    'flush chain inet t in\nadd rule inet t in udp dport { 3, 1 } counter accept',
    [],
  ],
  ['a new base chain', 'add chain inet t f { type filter hook forward priority 10; policy drop; }', [T]],
  ['another policy', 'add chain inet t f { policy accept; }', [T]],
  ['the policy of before', 'add chain inet t f { policy drop; }', []],
  ['a chain by another name', 'rename chain inet t empty blank', []],
  ['elements', 'add element inet t s { 10.3.3.3 }', []],
  ['a chain deleted', 'delete chain inet t blank', []],
  [
    'a rule with its chain',
    'add rule inet t in udp dport 5001 jump { ip saddr 10.9.0.0/24 counter drop comment "inner"; }',
    [],
  ],
  [
    'a netdev chain',
    'table netdev n { chain i { type filter hook ingress device lo priority 0; }; }',
    ['table netdev n'],
  ],
  ['nothing', 'flush ruleset', []],
  ['all at once', base, []],
];

describeAsRoot("the agent's text of a table", () => {
  let lab: Lab;
  let web: Namespace;

  beforeAll(async () => {
    lab = await openLab();
    web = await lab.namespace('web');
  });

  afterAll(() => lab.close());

  it('is what nft prints, and nft is asked only for what it has never printed', async () => {
    const answers = await rulesetTexts(
      web,
      steps.map(([, file]) => file),
    );
    const told = answers.map((answer, i) => [steps[i]?.[0], answer?.asked]);
    expect(told).toEqual(steps.map(([name, , asked]) => [name, asked]));
    const sets = answers[0]?.sets.map(({ kind, name, elements }) => [kind, name, elements?.toSorted()]);
    expect(sets).toEqual([
      ['counter', 'c', undefined],
      ['quota', 'q', undefined],
      ['limit', 'l', undefined],
      ['ct helper', 'h', undefined],
      ['set', 's', ['10.0.0.1']],
      ['set', 'nets', ['10.0.0.0/8', '11.0.0.3-11.0.0.7', '192.168.1.1']],
      ['map', 'm', ['22 : accept', '80 : jump other']],
    ]);
  });
});
