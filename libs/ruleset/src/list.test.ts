import { describe, expect, it } from 'vitest';
import { RulesetError } from './errors.js';
import { RulesetLister } from './list.js';
import { type PackedRules } from './pack.js';
import { FakeKernel, type FakeTable } from './testing/index.js';

const INET = 1;
const NETDEV = 5;

function table(name: string, handle: number, rules: FakeTable['chains'][number]['rules']): FakeTable {
  return { nfproto: INET, name, handle, chains: [{ name: 'in', handle: 1, hook: [1, -10], rules }] };
}

/** What nft prints of a table with statements by handle */
function printed(name: string, handle: number, rules: Record<number, string>): string {
  const lines = Object.entries(rules).map(([n, text]) => `\t\t${text} # handle ${n}\n`);
  return `table inet ${name} { # handle ${handle}
	chain in { # handle 1
		type filter hook input priority -10; policy accept;
${lines.join('')}\t}
}
`;
}

function texts({ handles, ends, bytes }: PackedRules): string[] {
  const text = (i: number): string =>
    Buffer.from(bytes.slice(i === 0 ? 0 : ends[2 * i - 1], ends[2 * i])).toString();
  return Array.from(handles, (handle, i) => `${handle} ${text(i)}`.trim());
}

/** A lister over a kernel and an nft that the test writes; `touched` are the tables that notifications named */
function rig() {
  const kernel = new FakeKernel();
  const touched = new Set(['all']);
  const ran: string[] = [];
  const nft = { print: (what: string): string | Error => what };
  const changes = {
    drain: () => false,
    touched: (key: string) => touched.has('all') || touched.has(key),
    settle: () => touched.clear(),
  };
  const lister = new RulesetLister(kernel, changes, (args) => {
    const what = args.slice(4).join(' ');
    ran.push(what);
    const output = nft.print(what);
    return output instanceof Error ? Promise.reject(output) : Promise.resolve(output);
  });
  return { kernel, touched, ran, nft, lister };
}

describe('RulesetLister', () => {
  it('puts what the kernel and what nft says together', async () => {
    const { kernel, nft, lister } = rig();
    kernel.generation = 57;
    kernel.tables = [
      table('a', 3, [
        { handle: 4, comment: 'why' },
        { handle: 5, expressions: ['match', 'reject'] },
      ]),
      {
        nfproto: NETDEV,
        name: 'n',
        handle: 4,
        chains: [{ name: 'e', handle: 1, hook: [0, 0], device: 'eth0', rules: [] }],
      },
    ];
    nft.print = () => printed('a', 3, { 5: 'reject', 4: 'drop comment "why"' });
    const { generation, tables } = await lister.list();
    expect([generation, tables.map((t) => `${t.family} ${t.name} ${t.handle}`)]).toEqual([
      57,
      ['inet a 3', 'netdev n 4'],
    ]);
    const [a, n] = tables;
    expect(a?.text).toBe(printed('a', 3, { 5: 'reject', 4: 'drop comment "why"' }));
    expect(a?.chains).toEqual([
      { name: 'in', type: 'filter', hook: 'input', priority: -10, policy: 'accept' },
    ]);
    expect(n?.chains[0]).toMatchObject({ hook: 'ingress', device: 'eth0' });
    expect(a && texts(a.rules)).toEqual(['4 drop comment "why"', '5 reject']);
    expect(a && [...a.rules.rejects]).toEqual([0, 1]);
  });

  it('reads again only what notifications have named, and asks nft only for what has changed', async () => {
    const { kernel, touched, ran, nft, lister } = rig();
    kernel.tables = [table('a', 1, [{ handle: 2 }]), table('b', 2, [{ handle: 2 }])];
    nft.print = () => printed('a', 1, { 2: 'accept' }) + printed('b', 2, { 2: 'drop' });
    const before = await lister.list();
    kernel.asked.length = ran.length = 0;
    expect((await lister.list()).tables).toEqual(before.tables);
    expect([kernel.asked.filter((what) => what.startsWith('7')), ran]).toEqual([[], []]);
    kernel.tables = [table('a', 1, [{ handle: 2 }]), table('b', 2, [{ handle: 2 }, { handle: 3 }])];
    kernel.generation++;
    touched.add('inet a').add('inet b');
    nft.print = () => printed('b', 2, { 2: 'drop', 3: 'return' });
    const { tables } = await lister.list();
    expect(ran).toEqual(['table inet b']);
    expect(tables[0]).toBe(before.tables[0]);
    expect(tables[1] && texts(tables[1].rules)).toEqual(['2 drop', '3 return']);
    expect(tables[1]?.version).not.toBe(before.tables[1]?.version);
  });

  it('lists the whole ruleset where nft cannot name the changed table', async () => {
    const { kernel, touched, ran, nft, lister } = rig();
    kernel.tables = [table('a b', 1, []), table('c', 2, [])];
    nft.print = () => '';
    await lister.list();
    kernel.tables = [table('a b', 1, [{ handle: 2 }]), table('c', 2, [])];
    touched.add('inet a b');
    ran.length = 0;
    nft.print = () => printed('a b', 1, { 2: 'drop' }) + printed('c', 2, {});
    const { tables } = await lister.list();
    expect([ran, tables[0] && texts(tables[0].rules)]).toEqual([['ruleset'], ['2 drop']]);
  });

  it('keeps the handles of a table that nft cannot print, and lists the others', async () => {
    const { kernel, nft, lister } = rig();
    kernel.tables = [table('bad', 1, [{ handle: 7, comment: 'kept' }]), table('good', 2, [{ handle: 2 }])];
    nft.print = (what) =>
      what === 'table inet good'
        ? printed('good', 2, { 2: 'drop' })
        : new RulesetError('list', 'failed', 'nft: Assertion');
    const { tables } = await lister.list();
    expect(tables.map((t) => texts(t.rules))).toEqual([['7'], ['2 drop']]);
    expect(Buffer.from(tables[0]?.rules.bytes.slice() ?? []).toString()).toBe('kept');
    expect(tables.map((t) => t.version)).toEqual([
      expect.stringMatching(/^[0-9a-f]{16}$/),
      expect.any(String),
    ]);
  });

  it('is not content with rules of one generation and texts of another', async () => {
    const { kernel, nft, lister } = rig();
    kernel.tables = [table('a', 1, [{ handle: 2 }])];
    let calls = 0;
    nft.print = () => {
      if (++calls > 1) return printed('a', 1, { 3: 'drop' });
      kernel.generation = 2;
      kernel.tables = [table('a', 1, [{ handle: 3 }])];
      return printed('a', 1, { 2: 'accept' });
    };
    const { generation, tables } = await lister.list();
    expect([calls, generation, tables[0] && texts(tables[0].rules)]).toEqual([2, 2, ['3 drop']]);
  });

  it('takes what it has where the ruleset never rests, and lists that table again', async () => {
    const { kernel, nft, ran, lister } = rig();
    kernel.tables = [table('a', 1, [{ handle: 2 }])];
    nft.print = () => (kernel.generation++, printed('a', 1, { 2: 'drop' }));
    const { tables } = await lister.list();
    expect(tables[0] && texts(tables[0].rules)).toEqual(['2 drop']);
    const { version } = tables[0] ?? {};
    ran.length = 0;
    nft.print = () => printed('a', 1, { 2: 'drop' });
    const again = await lister.list();
    expect(ran).not.toEqual([]);
    expect(again.tables[0]?.version).not.toBe(version);
  });

  it('needs nft even for an empty ruleset', async () => {
    const { nft, lister } = rig();
    nft.print = () => new RulesetError('list', 'missing', 'nft is not installed');
    await expect(lister.list()).rejects.toThrow('nft is not installed');
    nft.print = () => '';
    expect((await lister.list()).tables).toEqual([]);
  });
});
