import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Ajv2020 } from 'ajv/dist/2020.js';
import formats from 'ajv-formats';
import { escapeToken } from '#bus';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import {
  ask,
  type Daemon,
  describeAsRoot,
  EventSubscriber,
  eventually,
  installed,
  type Lab,
  link,
  metricFaults,
  makeOddTables,
  Nats,
  type Namespace,
  openLab,
  type Program,
  projectRoot,
  run,
  sendUdp,
  startAgent,
  tryRun,
} from './support/index.js';

const ruleset = `
table inet filter {
  chain tag { type filter hook prerouting priority raw; policy accept; meta nftrace set 1; }
  chain input {
    type filter hook input priority -10; policy drop;
    udp dport { 80, 4000-4999 } accept
    udp dport 23 drop comment "no telnet"
    udp dport 25 reject
    udp dport 6000-6999 jump flood
  }
  chain flood { drop; }
}`;

const readText = (...path: string[]): string => readFileSync(join(projectRoot, ...path), 'utf8');

const ajv = new Ajv2020({ formats: { uint64: true } });
formats.default(ajv);
const schema = (name: string) => ajv.compile(JSON.parse(readText('docs', 'schema', name)) as object);
const [isEvent, isHeld] = [schema('event.json'), schema('events-held.json')];

/** A metric's series by their labels. */
async function series(agent: Daemon, name: string): Promise<Record<string, number>> {
  const lines = (await ask(agent, '/metrics')).split('\n').filter((line) => line.startsWith(`${name}{`));
  return Object.fromEntries(
    lines.map((line) => [line.slice(name.length + 1, line.lastIndexOf('}')), Number(line.split(' ').at(-1))]),
  );
}

/** What the agent has counted once there are so many packets: it tells once a second. */
const packetsOf = (agent: Daemon, enough: number): Promise<Record<string, number>> =>
  eventually(
    () => series(agent, 'visor_packets_total'),
    (values) => sum(values) >= enough,
  );

const sum = (values: Record<string, number>): number => Object.values(values).reduce((a, b) => a + b, 0);

describeAsRoot('live events', () => {
  let lab: Lab;
  let client: Namespace;
  let web: Namespace;
  let nats: Nats;

  beforeAll(async () => {
    lab = await openLab();
    [client, web] = [await lab.namespace('client'), await lab.namespace('web')];
    await link(
      { namespace: client, name: 'eth0', addresses: ['10.9.0.1/24'] },
      { namespace: web, name: 'wan', addresses: ['10.9.0.2/24'] },
    );
    await web.nft(ruleset);
    nats = await Nats.start(lab);
  });
  afterAll(() => lab.close());

  const agents: Daemon[] = [];
  afterEach(async () => {
    for (const { program } of agents.splice(0)) await program.stop();
  });

  const agentOf = async (agentId: string, env: Record<string, string> = {}): Promise<Daemon> => {
    const agent = await startAgent(lab, { natsUrl: nats.url, agentId, netns: web.name, env });
    agents.push(agent);
    return agent;
  };
  const listen = (...subjects: string[]) => EventSubscriber.start(lab, nats.url, ...subjects);
  const send = (count: number, ...dports: number[]) =>
    sendUdp(client, {
      to: '10.9.0.2',
      flows: dports.map((dport) => ({ sport: 3000 + (dport % 1000), dport, count })),
    });

  it('tell drops and rejects to whoever listens, without a hub', async () => {
    const agent = await agentOf('web1');
    const drops = await listen('visor.v1.events.*.dropped.>');
    const all = await listen('visor.v1.events.web1.>');
    await send(2, 23, 25, 80, 9999);
    await eventually(
      () => Promise.resolve([all.events.length, drops.events.length]),
      ([six = 0, four = 0]) => six >= 6 && four >= 4,
    );
    const told = all.events.map(({ subject, data: { dport, rule, comment, type } }) => {
      return { subject, dport, rule, comment, type };
    });
    const at = { rule: '', comment: '', type: 'rule' };
    const [dropped, rejected] = ['dropped', 'rejected'].map(
      (fate) => `visor.v1.events.web1.${fate}.inet.filter.input`,
    );
    const telnet = { rule: 'udp dport 23 drop comment "no telnet"', comment: 'no telnet' };
    const twice = [
      { ...at, subject: dropped, dport: 23, ...telnet },
      { ...at, subject: dropped, dport: 9999, type: 'policy' },
      { ...at, subject: rejected, dport: 25, rule: 'udp dport 25 reject' },
    ].flatMap((event) => [event, event]);
    expect(told).toHaveLength(6);
    expect(told).toEqual(expect.arrayContaining(twice));
    for (const { data } of all.events) expect(isEvent(data), JSON.stringify(isEvent.errors)).toBe(true);
    expect(new Set(all.events.map(({ data }) => data['packet_id'])).size).toBe(6);
    expect(drops.events.map(({ data }) => data['dport']).sort()).toEqual([23, 23, 9999, 9999]);
    expect(all.held).toBe(0);

    expect(await packetsOf(agent, 8)).toMatchObject({
      'fate="accepted"': 2,
      'fate="dropped"': 4,
      'fate="rejected"': 2,
    });
    // a datagram of 20 bytes has 48
    expect(await series(agent, 'visor_bytes_total')).toMatchObject({ 'fate="dropped"': 4 * 48 });
    expect(await series(agent, 'visor_drop_total')).toEqual({
      'reason="rule"': 2,
      'reason="policy"': 2,
      'reason="reject"': 2,
    });
    const cpu = /^visor_agent_capture_cpu_seconds_total (0\.\d+)$/m;
    // told once a second
    const metrics = await eventually(
      () => ask(agent, '/metrics'),
      (text) => cpu.test(text),
    );
    expect(metrics).toMatch(cpu);
    expect(metrics).toMatch(/^visor_agent_live_events_published_total 6$/m);
    expect(metrics).toMatch(/^visor_agent_publish_seconds_count [1-9]/m);
    expect(await metricFaults(metrics)).toEqual([]);
  });

  it('have subjects that are one token a name, whatever characters a chain has', async () => {
    await agentOf('web1.example.org');
    const names = ['a.b', 'a b', '*', '>', 'a.>', 'café ☃', 'line\nbreak', '%', 'x'.repeat(255)];
    for (const [at, name] of names.entries()) {
      const bytes = Buffer.from(name);
      const heard = await listen(
        `visor.v1.events.web1%2Eexample%2Eorg.dropped.inet.${escapeToken(name)}.${escapeToken(name)}`,
      );
      await makeOddTables(web, [{ table: bytes, chain: bytes, comment: Buffer.from('odd'), drops: true }]);
      await send(1, 4000 + at);
      await eventually(
        () => Promise.resolve(heard.events.length),
        (count) => count >= 1,
        { stable_ms: 0 },
      );
      expect(
        heard.events.map(({ data }) => [data['table'], data['chain'], data['type'], data['dport']]),
      ).toEqual([[name, name, 'policy', 4000 + at]]);
      const tables = await web.run(['nft', '-j', '-a', 'list', 'tables']);
      const { nftables } = JSON.parse(tables) as { nftables: { table?: { name: string; handle: number } }[] };
      const odd = nftables.find(({ table }) => table && table.name !== 'filter')?.table;
      await web.run(['nft', 'delete', 'table', 'inet', 'handle', String(odd?.handle)]);
      await heard.stop();
    }
  });

  it('are no more than the rate: each one is either published or summed up as held back', async () => {
    const agent = await agentOf('capped', { PT_EVENTS_MAX_RATE: '100' });
    const all = await listen('visor.v1.events.capped.>');
    const began = Date.now();
    await send(5000, 6000);
    await send(1, 23);
    const flood = 5001;
    await eventually(
      () => Promise.resolve(all.events.length + all.held),
      (count) => count >= flood,
    );
    expect(all.events.length + all.held).toBe(flood);
    expect(all.events.length).toBeGreaterThan(0);
    // the burst, and a second that has begun
    expect(all.events.length).toBeLessThanOrEqual(100 * ((Date.now() - began) / 1000 + 2));
    expect(all.held).toBeGreaterThan(0);
    const summaries = all.messages.filter(({ subject }) => subject === 'visor.v1.events.capped.held');
    for (const { data } of summaries) {
      expect(isHeld(data), JSON.stringify(isHeld.errors)).toBe(true);
      expect(data).toMatchObject({ agent_id: 'capped', causes: { rate: data['events'] } });
      expect(data['places']).toMatchObject([
        { fate: 'dropped', family: 'inet', table: 'filter', chain: 'flood', events: data['events'] },
      ]);
    }
    // the chain that seldom drops is not crowded out
    expect(all.events.filter(({ data }) => data['dport'] === 23)).toHaveLength(1);
    const held = await eventually(
      () => series(agent, 'visor_agent_live_events_held_total'),
      (values) => sum(values) >= all.held,
    );
    expect(held).toMatchObject({ 'cause="rate"': all.held });
    expect(sum(held)).toBe(all.held);
    expect(await packetsOf(agent, flood)).toMatchObject({ 'fate="dropped"': flood });
  });

  it('are none where they are off, and of all packets where all are asked for; the metrics are the same', async () => {
    const off = await agentOf('off', { PT_EVENTS_PUBLISH: 'off' });
    await agentOf('every', { PT_EVENTS_PUBLISH: 'all' });
    const [none, all] = [await listen('visor.v1.events.off.>'), await listen('visor.v1.events.every.>')];
    await send(3, 23, 80);
    await eventually(
      () => Promise.resolve(all.events.length),
      (count) => count >= 6,
    );
    expect(all.events.map(({ data }) => data['fate']).sort()).toEqual([
      ...['accepted', 'accepted', 'accepted'],
      ...['dropped', 'dropped', 'dropped'],
    ]);
    expect(await packetsOf(off, 6)).toMatchObject({ 'fate="accepted"': 3, 'fate="dropped"': 3 });
    expect(none.messages).toEqual([]);
  });

  it('traffic metrics take labels by config, and no more series than allowed', async () => {
    const agent = await agentOf('labelled', {
      PT_TRAFFIC_LABELS: 'chain,dport',
      PT_TRAFFIC_MAX_SERIES: '100',
      PT_EVENTS_PUBLISH: 'off',
    });
    await send(2, 23);
    await send(1, ...Array.from({ length: 200 }, (_, i) => 4000 + i));
    const packets = await packetsOf(agent, 202);
    expect(sum(packets)).toBe(202);
    expect(packets).toMatchObject({ 'fate="dropped",chain="input",dport="23"': 2 });
    expect(packets['fate="accepted",chain="other",dport="other"']).toBeGreaterThan(100);
    const names = ['visor_packets_total', 'visor_bytes_total', 'visor_drop_total'];
    const all = await Promise.all(names.map((name) => series(agent, name)));
    expect(all.flatMap((values) => Object.keys(values)).length).toBeLessThanOrEqual(100);
    const metrics = await ask(agent, '/metrics');
    const overflow = /^visor_agent_traffic_overflow_packets_total (\d+)$/m.exec(metrics)?.[1];
    expect(Number(overflow)).toBe(packets['fate="accepted",chain="other",dport="other"']);
  });

  describe('the subscribers of docs/events.md', () => {
    const page = readText('docs', 'events.md');
    /** The last block of a language. */
    const example = (language: string): string => {
      const blocks = [...page.matchAll(new RegExp(`^\`\`\`${language}\\n([^]*?)^\`\`\`$`, 'gm'))];
      return blocks.at(-1)?.[1] ?? '';
    };

    /** Where `nats` and Python's module of that name are found: Debian has neither. */
    const clients = join(projectRoot, 'e2e', 'fixtures', 'nats-clients');

    const hears = async (command: readonly string[], pattern: RegExp): Promise<string[]> => {
      await agentOf('docs');
      const env = { NATS_URL: nats.url, PYTHONPATH: clients, PATH: `${clients}:${process.env['PATH']}` };
      const program: Program = lab.start({ name: command[0] ?? '', command, env, cwd: projectRoot });
      // nobody says when it listens
      await program.until(
        'its first drop',
        async () => {
          await send(1, 23);
          return program.lines.length > 0;
        },
        60_000,
      );
      await program.untilOutput(pattern);
      const { lines } = program;
      await program.stop();
      return lines;
    };

    it('in Node.js', async () => {
      // below the repository, where its package is found
      const file = join(projectRoot, `.events-example-${process.pid}.mjs`);
      lab.defer(() => run(['rm', '-f', file]).then(() => undefined));
      writeFileSync(file, example('js'));
      const lines = await hears([process.execPath, file], /10\.9\.0\.1/);
      expect(lines[0]).toMatch(
        /^\d{4}-.*Z docs 10\.9\.0\.1 -> 10\.9\.0\.2:23 udp dport 23 drop comment "no telnet"$/,
      );
    });

    it('in bash alone', async () => {
      const lines = await hears(['bash', '-c', example('bash')], /\}$/m);
      const event: unknown = JSON.parse(lines[0] ?? '');
      expect(isEvent(event), JSON.stringify(isEvent.errors)).toBe(true);
      expect(event).toMatchObject({ agent_id: 'docs', dport: 23, comment: 'no telnet' });
    });

    it.skipIf(!installed('jq'))('in shell with nats and jq', async () => {
      for (const block of page.matchAll(/^```sh\n([^]*?)^```$/gm)) {
        expect(await tryRun(['bash', '-n', '-c', block[1] ?? ''])).toMatchObject({ code: 0, stderr: '' });
      }
      const lines = await hears(['bash', '-c', example('sh')], /no telnet/);
      expect(lines[0]?.split('\t')).toEqual([
        expect.stringMatching(/^\d{4}-.*Z$/),
        ...['docs', '10.9.0.1', '10.9.0.2', '23', 'udp dport 23 drop comment "no telnet"'],
      ]);
    });

    it.skipIf(!installed('python3'))('in Python', async () => {
      const lines = await hears(['python3', '-c', example('python')], /no telnet/);
      expect(lines[0]).toMatch(
        /^\d{4}-.*Z docs 10\.9\.0\.1 10\.9\.0\.2 23 udp dport 23 drop comment "no telnet"$/,
      );
    });
  });
});
