import { randomBytes } from 'node:crypto';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { type RulesetJson } from '#clickhouse';
import { type JsonRow } from '#columns';
import {
  cli,
  clientAndWeb,
  type Daemon,
  describeAsRoot,
  eventually,
  type Lab,
  Nats,
  type Namespace,
  openLab,
  sendUdp,
  startAgent,
  startHub,
  untilRows,
} from './support/index.js';

const firewall = `
table inet fw {
  set blocked { type ipv4_addr; elements = { 203.0.113.7 } }
  chain tag {
    type filter hook prerouting priority raw; policy accept;
    udp dport 5000-5010 meta nftrace set 1
  }
  chain input {
    type filter hook input priority filter; policy accept;
    udp dport 5000 accept comment "open"
    udp dport 5001 drop
  }
}
table ip nat {
  chain post { type nat hook postrouting priority srcnat; policy accept; }
}`;

describeAsRoot('rulesets', () => {
  let lab: Lab;
  let client: Namespace;
  let web: Namespace;
  let nats: Nats;
  let data: string;
  let hub: Daemon;
  let agent: Daemon;

  const startHere = () => startAgent(lab, { natsUrl: nats.url, agentId: 'web1', netns: web.name });

  beforeAll(async () => {
    lab = await openLab();
    ({ client, web } = await clientAndWeb(lab));
    nats = await Nats.start(lab);
    data = lab.directory('clickhouse');
    await web.nft(firewall);
    [hub, agent] = await Promise.all([startHub(lab, { natsUrl: nats.url, data }), startHere()]);
  });

  afterAll(() => lab.close());

  async function ruleset(...args: string[]): Promise<string> {
    const { code, stdout, stderr } = await cli(hub.url, 'ruleset', ...args);
    if (code !== 0) throw new Error(`visor-cli ruleset ${args.join(' ')} failed (${code}): ${stderr}`);
    return stdout;
  }

  const lines = async (...args: string[]): Promise<RulesetJson[]> =>
    (await ruleset(...args, '-o', 'jsonl'))
      .split('\n')
      .filter(Boolean)
      .map((line) => JSON.parse(line) as RulesetJson);

  /** The versions in force now, once `enough` holds. */
  const inForce = (enough: (tables: RulesetJson[]) => boolean): Promise<RulesetJson[]> =>
    eventually(() => lines('at', 'now'), enough);

  const versionOf = (tables: readonly RulesetJson[], name = 'fw'): string | undefined =>
    tables.find(({ table }) => table === name)?.version;

  async function decided(dport: number, sport: number): Promise<JsonRow & { version: string; at: string }> {
    await sendUdp(client, { to: '10.9.0.2', flows: [{ sport, dport, count: 1 }] });
    const flags = ['--dport', String(dport), '--sport', String(sport)];
    const [row] = await untilRows(hub.url, [...flags], 1);
    if (!row) throw new Error(`no packet to port ${dport} was seen`);
    return { ...row, version: String(row.table_version), at: String(row.ts) };
  }

  const now = (): string => new Date().toISOString();

  it("finds the text of a row's table_version, with the rule's line in it", async () => {
    const row = await decided(5000, 4000);
    expect(row.rule).toBe('udp dport 5000 accept comment "open"');
    const text = await ruleset('show', row.version);
    expect(text).toContain(`\t\t${row.rule} # handle ${row.handle}\n`);
    // the same as nft prints, but for the elements of its set
    const printed = await web.run(['nft', '-a', '-s', '-t', 'list', 'table', 'inet', 'fw']);
    expect(text).toBe(printed);
    const rule = await ruleset('show', row.version, '--handle', String(row.handle));
    expect(rule.split('\n').map((line) => line.replace(/ # handle \d+$/, ''))).toEqual([
      'table inet fw {',
      '\tchain input {',
      `\t\t${row.rule}`,
      '\t}',
      '}',
      '',
    ]);
    const [known] = await lines('list', '--version', row.version);
    expect(known).toMatchObject({ agent_id: 'web1', netns: web.name, family: 'inet', last_seen: null });
  });

  it('shows what a change did, and what was in force before and after it', async () => {
    const first = versionOf(await inForce((tables) => tables.length === 2));
    const before = now();
    await web.nft('add rule inet fw input udp dport 5002 drop comment "new"');
    const second = versionOf(await inForce((tables) => versionOf(tables) !== first));
    const diff = await ruleset('diff', first ?? '', second ?? '', '--context', '0');
    expect(diff.split('\n').slice(2)).toEqual([
      expect.stringMatching(/^@@ /),
      '+\t\tudp dport 5002 drop comment "new"',
      '',
    ]);
    const row = await decided(5002, 4002);
    expect(row).toMatchObject({ fate: 'dropped', table_version: second });
    expect(versionOf(await lines('at', before))).toBe(first);
    expect(versionOf(await lines('at', row.at))).toBe(second);
    // and back: the same text is the same version, and each has its times
    await web.nft(`delete rule inet fw input handle ${String(row.handle)}`);
    expect(versionOf(await inForce((tables) => versionOf(tables) === first))).toBe(first);
    expect(versionOf(await lines('at', row.at))).toBe(second);
    const text = await ruleset('at', row.at, '--table', 'inet/fw');
    expect(text).toContain(`version ${second}, since `);
    expect(text).toContain('udp dport 5002 drop');
    const kept = await lines('list', '--table', 'inet/fw');
    expect(kept.map(({ version, last_seen }) => [version, last_seen === null])).toEqual([
      [first, true],
      [second, false],
    ]);
  });

  it('tells that a table is gone', async () => {
    const before = now();
    await web.nft('delete table ip nat');
    const tables = await inForce((found) => found.length === 1);
    expect(tables.map(({ table }) => table)).toEqual(['fw']);
    expect((await lines('at', before)).map(({ table }) => table)).toEqual(['fw', 'nat']);
  });

  it('brings a table of 20,000 rules, in parts', async () => {
    const rules = Array.from({ length: 20_000 }, () => {
      const bytes = randomBytes(20);
      return `ip saddr 10.${bytes[0]}.${bytes[1]}.${bytes[2]} accept comment "${bytes.toString('hex')}"`;
    });
    await web.nft(`table ip large {\nchain c {\n${rules.join('\n')}\n}\n}`);
    const tables = await inForce((found) =>
      found.some(({ table, text }) => table === 'large' && text !== null),
    );
    const large = tables.find(({ table }) => table === 'large');
    expect(large?.rules).toBe(20_000);
    expect(large?.text).toContain(rules[19_999] ?? 'none');
    expect(Number(large?.bytes)).toBeGreaterThan(1_500_000);
    await web.nft('delete table ip large');
    await inForce((found) => found.length === 1);
  });

  it('keeps all of it over restarts of the hub, which misses nothing meanwhile', async () => {
    const known = await lines('list');
    const first = versionOf(await lines('at', 'now'));
    await hub.program.kill('SIGKILL');
    await web.nft('add rule inet fw input udp dport 5003 drop');
    hub = await startHub(lab, { natsUrl: nats.url, data });
    const after = await inForce((tables) => tables.length === 1 && versionOf(tables) !== first);
    expect(versionOf(after)).not.toBe(first);
    expect(await lines('list')).toHaveLength(known.length + 1);
  });

  it('goes on after a restart of the agent, knows what changed meanwhile, and doubles nothing', async () => {
    const known = await lines('list');
    await web.nft('table ip6 short {\nchain c {\naccept\n}\n}');
    await inForce((tables) => tables.length === 2);
    const before = now();
    await agent.program.stop();
    await web.nft('delete table ip6 short');
    agent = await startHere();
    const tables = await inForce((found) => found.length === 1);
    expect(versionOf(tables)).toBe(versionOf(await lines('at', before)));
    expect(await lines('at', before)).toHaveLength(2);
    const list = await lines('list');
    expect(list).toHaveLength(known.length + 1);
    const row = await decided(5003, 4003);
    expect(row.table_version).toBe(versionOf(tables));
  });

  it('knows nothing in force of a namespace that lost all tables while nobody looked', async () => {
    await agent.program.kill('SIGKILL');
    const saved = await web.ruleset();
    await web.nft('flush ruleset');
    agent = await startHere();
    expect(await inForce((found) => found.length === 0)).toEqual([]);
    await web.nft(saved);
    expect(await inForce((found) => found.length === 1)).toHaveLength(1);
  });

  it('tells it again to a NATS that lost its disk', async () => {
    const first = versionOf(await lines('at', 'now'));
    await nats.kill();
    nats.loseStore();
    await nats.restart();
    await web.nft('add rule inet fw input udp dport 5004 drop');
    const tables = await inForce((found) => versionOf(found) !== first && typeof found[0]?.text === 'string');
    expect(versionOf(tables)).not.toBe(first);
    expect(tables[0]?.text).toContain('udp dport 5004 drop');
  });
});
