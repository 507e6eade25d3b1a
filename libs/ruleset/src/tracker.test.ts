import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { ScriptedSource } from '#testing/netlink';
import { RulesetError } from './errors.js';
import { Notifications } from './notifications.js';
import { type PackedRules } from './pack.js';
import { Printer } from './printer.js';
import { type RulesetVersion } from './snapshot.js';
import {
  elementsMessage,
  FakeKernel,
  type FakeRule,
  type FakeTable,
  generationMessage,
  ruleMessage,
} from './testing/index.js';
import { RulesetTracker } from './tracker.js';

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

const IN_A = [INET, 'a', 'in'] as const;
const added = (rule: FakeRule): Buffer => ruleMessage('new', IN_A, rule);
const deleted = (rule: FakeRule): Buffer => ruleMessage('deleted', IN_A, rule);

/** A tracker over a kernel and an nft that the test writes, and notifications that it adds to `heard` */
function rig() {
  const kernel = new FakeKernel();
  const heard = new ScriptedSource();
  const ran: string[] = [];
  const nft = { print: (what: string): string | Error => what };
  const printer = new Printer((args) => {
    const what = args.slice(4).join(' ');
    ran.push(what);
    const output = nft.print(what);
    return output instanceof Error ? Promise.reject(output) : Promise.resolve(output);
  });
  const told: RulesetVersion[] = [];
  const failed: string[] = [];
  const tracker = new RulesetTracker(
    {
      socket: kernel,
      notifications: new Notifications(heard),
      printer,
      maxSetElements: 1000,
      now_us: () => 5,
    },
    { version: (version) => told.push(version), failed: (error) => failed.push(error.message) },
  );
  const start = async (): Promise<RulesetVersion | undefined> => {
    await tracker.start();
    return told[0];
  };
  const until = async (done: () => boolean): Promise<void> => {
    for (const until_ms = performance.now() + 20_000; !done() && performance.now() < until_ms;) {
      tracker.tick();
      await sleep(5);
    }
  };
  const lines = (): unknown[] =>
    told.map(({ since, generation, tables }) => [
      since,
      generation,
      ...tables.flatMap((t) => texts(t.rules)),
    ]);
  return { kernel, heard, ran, nft, tracker, told, failed, start, until, lines };
}

describe('RulesetTracker', () => {
  it('puts what the kernel and what nft says together', async () => {
    const { kernel, nft, start } = rig();
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
    const text = printed('a', 3, { 4: 'drop comment "why"', 5: 'reject' });
    nft.print = () => text;
    const { generation, since, at_us, tables } = (await start()) ?? {};
    expect([since, generation, at_us]).toEqual([57, 57, 5]);
    expect(tables?.map((t) => `${t.family} ${t.name} ${t.handle}`)).toEqual(['inet a 3', 'netdev n 4']);
    const [a, n] = tables ?? [];
    expect(a?.text).toBe(text);
    expect(a?.chains).toEqual([
      { name: 'in', type: 'filter', hook: 'input', priority: -10, policy: 'accept' },
    ]);
    expect(n?.chains[0]).toMatchObject({ hook: 'ingress', device: 'eth0' });
    expect(a && texts(a.rules)).toEqual(['4 drop comment "why"', '5 reject']);
    expect(a && [[...a.rules.rejects], [...a.rules.lines], [...a.rules.chains]]).toEqual([
      [0, 1],
      [4, 5],
      [0, 0],
    ]);
    expect(a && text.split('\n')[(a.rules.lines[1] ?? 0) - 1]).toBe('\t\treject # handle 5');
  });

  it('tells each version of a table that is replaced faster than nft can list it', async () => {
    const { kernel, heard, ran, nft, start, tracker, told, lines } = rig();
    const rule = (handle: number, n: number): FakeRule => ({ handle, comment: `v${n}`, expressions: ['x'] });
    kernel.tables = [table('a', 1, [rule(2, 1)])];
    nft.print = () => printed('a', 1, { 2: 'drop comment "v1"' });
    await start();
    ran.length = 0;
    heard.add([deleted(rule(2, 1)), added(rule(3, 2))], [generationMessage(2)]);
    // one that replaces another has its handle
    heard.add([Buffer.concat([deleted(rule(3, 2)), added(rule(3, 3)), generationMessage(3)])]);
    tracker.tick();
    expect(lines()).toEqual([
      [1, 1, '2 drop comment "v1"'],
      [2, 2, '3 drop comment "v2"'],
      [3, 3, '3 drop comment "v3"'],
    ]);
    expect(ran).toEqual([]);
    expect(told.at(-1)?.tables[0]?.text).toBe(printed('a', 1, { 3: 'drop comment "v3"' }));
    expect(new Set(told.map(({ tables }) => tables[0]?.version)).size).toBe(3);
  });

  it('asks nft for a rule that it has never printed, and tells the version then', async () => {
    const { kernel, heard, ran, nft, start, tracker, until, lines } = rig();
    const [known, fresh] = [{ handle: 2 }, { handle: 3, expressions: ['new'] }];
    kernel.tables = [table('a', 1, [known]), table('b', 2, [])];
    nft.print = () => printed('a', 1, { 2: 'drop' }) + printed('b', 2, {});
    await start();
    kernel.generation = 2;
    heard.add([added(fresh), generationMessage(2)]);
    nft.print = () => printed('a', 1, { 2: 'drop', 3: 'return' });
    tracker.tick();
    expect(lines()).toHaveLength(1);
    await until(() => lines().length > 1);
    expect(lines()[1]).toEqual([2, 2, '2 drop', '3 return']);
    expect(ran).toEqual(['ruleset', 'table inet a']);
  });

  it('says of a rule that was gone before nft could print it that it is unknown', async () => {
    const { kernel, heard, nft, start, until, lines, told } = rig();
    const [known, fresh] = [{ handle: 2 }, { handle: 3, expressions: ['new'], comment: 'why' }];
    kernel.tables = [table('a', 1, [known])];
    nft.print = () => printed('a', 1, { 2: 'drop' });
    await start();
    heard.add([added(fresh), generationMessage(2), deleted(fresh), generationMessage(3)].map((m) => m));
    kernel.generation = 3;
    await until(() => lines().length > 2);
    expect(lines()).toEqual([
      [1, 1, '2 drop'],
      [2, 2, '2 drop', '3'],
      [3, 3, '2 drop'],
    ]);
    expect(told[1]?.tables[0]?.text).toContain('\t\tunknown rule comment "why" # handle 3\n');
  });

  it('takes elements of sets and empty transactions for no new version', async () => {
    const { kernel, heard, nft, start, tracker, told } = rig();
    kernel.tables = [table('a', 1, [{ handle: 2 }])];
    nft.print = () => printed('a', 1, { 2: 'drop' });
    await start();
    heard.add([elementsMessage(INET, 'a', 's'), generationMessage(2), generationMessage(3)]);
    tracker.tick();
    heard.add([generationMessage(4)]);
    tracker.tick();
    expect(told.map(({ since, generation }) => [since, generation])).toEqual([
      [1, 1],
      [2, 3],
      [4, 4],
    ]);
    expect(new Set(told.map(({ tables }) => tables[0])).size).toBe(1);
  });

  it.each([
    ['notifications were lost', (heard: ScriptedSource) => heard.add({ overrun: 3 }, [generationMessage(4)])],
    ['a generation is missing', (heard: ScriptedSource) => heard.add([generationMessage(7)])],
    [
      'a rule is deleted that is not there',
      (heard: ScriptedSource) => heard.add([deleted({ handle: 99 }), generationMessage(2)]),
    ],
    ['a message is cut off', (heard: ScriptedSource) => heard.add([added({ handle: 9 }).subarray(0, 30)])],
  ])('reads all anew where %s', async (_, lose) => {
    const { kernel, heard, nft, start, until, told, lines } = rig();
    kernel.tables = [table('a', 1, [{ handle: 2 }])];
    nft.print = () => printed('a', 1, { 2: 'drop', 5: 'drop' });
    await start();
    kernel.generation = 9;
    kernel.tables = [table('a', 1, [{ handle: 2 }, { handle: 5 }])];
    lose(heard);
    await until(() => told.length > 1);
    expect(lines()).toEqual([
      [1, 1, '2 drop'],
      [9, 9, '2 drop', '5 drop'],
    ]);
  });

  it('lists the whole ruleset where nft cannot name the changed table', async () => {
    const { kernel, heard, ran, nft, start, until, told, lines } = rig();
    kernel.tables = [table('a b', 1, []), table('c', 2, [])];
    nft.print = () => printed('a b', 1, {}) + printed('c', 2, {});
    await start();
    ran.length = 0;
    kernel.generation = 2;
    heard.add([ruleMessage('new', [INET, 'a b', 'in'], { handle: 2 }), generationMessage(2)]);
    nft.print = () => printed('a b', 1, { 2: 'drop' }) + printed('c', 2, {});
    await until(() => told.length > 1);
    expect([ran, lines()[1]]).toEqual([['ruleset'], [2, 2, '2 drop']]);
  });

  it('keeps the handles of a table that nft cannot print, and lists the others', async () => {
    const { kernel, nft, start } = rig();
    const rule = { handle: 7, comment: 'kept', expressions: ['odd'] };
    kernel.tables = [table('bad', 1, [rule]), table('good', 2, [{ handle: 2 }])];
    nft.print = (what) =>
      what === 'table inet good'
        ? printed('good', 2, { 2: 'drop' })
        : new RulesetError('list', 'failed', 'nft: Assertion');
    const { tables = [] } = (await start()) ?? {};
    expect(tables.map((t) => texts(t.rules))).toEqual([['7'], ['2 drop']]);
    expect(Buffer.from(tables[0]?.rules.bytes.slice() ?? []).toString()).toBe('kept');
    for (const { version } of tables) expect(version).toMatch(/^[0-9a-f]{16}$/);
  });

  it('does not learn the text of one rule as that of another that has its handle now', async () => {
    const { kernel, heard, nft, start, tracker, until, lines } = rig();
    const rule = (expression: string): FakeRule => ({ handle: 2, expressions: [expression] });
    kernel.tables = [table('a', 1, [])];
    nft.print = () => printed('a', 1, {});
    await start();
    heard.add([added(rule('one')), generationMessage(2)]);
    kernel.generation = 2;
    let listings = 0;
    nft.print = () => {
      if (++listings > 1) return printed('a', 1, { 2: 'two' });
      // while nft reads, the rule is replaced
      heard.add([deleted(rule('one')), added(rule('two')), generationMessage(3)]);
      kernel.generation = 3;
      return printed('a', 1, { 2: 'one or two' });
    };
    tracker.tick();
    await until(() => lines().length > 2);
    expect(lines().slice(1)).toEqual([
      [2, 2, '2'],
      [3, 3, '2 two'],
    ]);
  });

  it('needs nft even for an empty ruleset', async () => {
    const { nft, start } = rig();
    nft.print = () => new RulesetError('list', 'missing', 'nft is not installed');
    await expect(start()).rejects.toThrow('nft is not installed');
  });

  it('says when nft fails, goes on without its texts, and has them once it works', async () => {
    const { kernel, heard, nft, start, until, failed, lines } = rig();
    kernel.tables = [table('a', 1, [])];
    nft.print = () => printed('a', 1, {});
    await start();
    heard.add([added({ handle: 2, expressions: ['x'] }), generationMessage(2)]);
    kernel.generation = 2;
    nft.print = () => new RulesetError('list', 'failed', 'nft is out of sorts');
    await until(() => failed.length > 0);
    nft.print = () => printed('a', 1, { 2: 'drop' });
    await until(() => lines().length > 2);
    expect(failed[0]).toBe('nft is out of sorts');
    expect(lines().slice(1)).toEqual([
      [2, 2, '2'],
      [2, 2, '2 drop'],
    ]);
  });
});
