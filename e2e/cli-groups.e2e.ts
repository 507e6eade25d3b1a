import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type JsonRow } from '#columns';
import {
  cli,
  connectTcp,
  type Counter,
  describeAsRoot,
  type Lab,
  link,
  type Namespace,
  openLab,
  type Program,
  sendUdp,
  startCli,
  startOneHost,
  startTcpServer,
  untilRows,
} from './support/index.js';

const firewall = `
table inet visor_trace {
  counter traced { }
  chain tag {
    type filter hook prerouting priority raw; policy accept;
    meta l4proto { tcp, udp } counter name traced meta nftrace set 1 comment "all of it"
  }
}
table ip nat {
  chain prerouting {
    type nat hook prerouting priority dstnat;
    udp dport 8080 dnat to 10.8.0.2:5000 comment "the host behind"
  }
}
table inet filter {
  counter dropped { }
  counter by_policy { }
  chain input {
    type filter hook input priority filter; policy drop;
    tcp dport { 22, 80 } jump services
    udp dport 5001 counter name dropped drop
    udp dport 5002 goto odd
    meta l4proto udp counter name by_policy
    ct state established accept
  }
  chain services {
    ip saddr 10.9.0.0/24 jump admins comment "who may come in"
    accept
  }
  chain admins {
    tcp dport 22 drop comment "no admin"
    tcp dport 80 return
  }
  chain odd {
    udp sport 4002 counter name by_policy
  }
  chain forward {
    type filter hook forward priority filter; policy drop;
    iifname "wan" oifname "lan" accept comment "what was sent there"
  }
}`;

const flows = [
  { sport: 4001, dport: 5001, count: 30 },
  { sport: 4002, dport: 5002, count: 20 },
  { sport: 4003, dport: 5003, count: 10 },
  { sport: 4004, dport: 8080, count: 5 },
];
const sent = 30 + 20 + 10 + 5;

describeAsRoot('packets, groups and series of real traffic', () => {
  let lab: Lab;
  let hub: string;
  let web: Namespace;
  let rows: JsonRow[];
  let counters: Map<string, Counter>;

  beforeAll(async () => {
    lab = await openLab();
    const host = await startOneHost(lab);
    const { client } = host;
    ({ web } = host);
    hub = host.hub.url;
    const behind = await lab.namespace('behind');
    await link(
      { namespace: web, name: 'lan', addresses: ['10.8.0.1/24'] },
      { namespace: behind, name: 'eth0', addresses: ['10.8.0.2/24'] },
    );
    await web.sysctl('net/ipv4/ip_forward', 1);
    await web.nft(firewall);
    await startTcpServer(lab, web, 22, 80);
    await sendUdp(client, { to: '10.9.0.2', flows, gapMs: 1 });
    await connectTcp(client, { to: '10.9.0.2', dport: 22, sports: [6000], timeoutMs: 800 });
    await connectTcp(client, { to: '10.9.0.2', dport: 80, sports: [6001, 6002] });
    counters = await web.counters();
    const traced = counters.get('traced')?.packets ?? 0;
    rows = await untilRows(hub, ['--last', '5000'], traced);
    expect(rows).toHaveLength(traced);
  });
  afterAll(() => lab.close());

  /** @returns what a command printed; it must succeed */
  async function run(...args: string[]): Promise<string> {
    const { code, stdout, stderr } = await cli(hub, ...args);
    expect({ args, code, stderr }).toEqual({ args, code: 0, stderr: '' });
    return stdout;
  }
  const idOf = (dport: number): string => String(rows.find((row) => row.dport === dport)?.packet_id);
  /** Without what differs from run to run. */
  const steady = (text: string): string =>
    text
      .replaceAll(web.name, 'NETNS')
      .replace(/^\S*\d\d:\d\d:\d\d\.\d{6}/m, 'TIME')
      .replace(/([0-9a-f]{2}:){5}[0-9a-f]{2}/g, 'MAC')
      .replace(/packet \d+/, 'packet ID')
      .replace(/ +\+[\d.]+ (µs|ms|s)/g, ' +T')
      .replace(/hops(, received at once| in .*)/, 'hops')
      .replace(/version [0-9a-f]{16}/g, 'version V')
      .replace(/( id| seq) \d+/g, '$1 N');

  describe('packet', () => {
    it('tells the way of a packet through two jumps to the rule that dropped it', async () => {
      expect(steady(await run('packet', idOf(22)))).toBe(`\
packet ID on web1, network namespace NETNS
TIME  10.9.0.1:6000 -> 10.9.0.2:22(ssh)  tcp SYN, 60 bytes

  link  in wan  MAC -> MAC  type ip
  ip    ttl 64  id N
  tcp   seq N

                   prerouting  in wan
                     inet visor_trace tag
     0                 CONTINUE  meta l4proto { tcp, udp } counter name "traced" meta nftrace set 1  handle 4  # all of it
     1 +T      ACCEPT    policy accept
                     ip nat prerouting
     2 +T      ACCEPT    policy accept
                   input  in wan
                     inet filter input
     3 +T      JUMP      tcp dport { 22, 80 } jump services  handle 9
                       inet filter services
     4 +T        JUMP      ip saddr 10.9.0.0/24 jump admins  handle 14  # who may come in
                         inet filter admins
▶    5 +T          DROPPED   tcp dport 22 drop  handle 16  # no admin

6 hops
DROPPED by rule 16 of inet filter admins: tcp dport 22 drop # no admin
`);
    });

    it('shows the chains it met, with its hops beside the rules', async () => {
      const text = steady(await run('packet', idOf(5002), '--ruleset'));
      expect(text).toContain('\nDROPPED by policy of inet filter input\n');
      const [, chains = ''] = text.split('inet filter, version V\n');
      expect(chains).toBe(`\
        │ chain input { # handle 1
▶     5 │     type filter hook input priority filter; policy drop;
        │     tcp dport { 22, 80 } jump services # handle 9
        │     udp dport 5001 counter name "dropped" drop # handle 10
      3 │     udp dport 5002 goto odd # handle 11
        │     meta l4proto udp counter name "by_policy" # handle 12
        │     ct state established accept # handle 13
        │ }
        │
        │ chain odd { # handle 4
      4 │     udp sport 4002 counter name "by_policy" # handle 18
        │ }
`);
    });

    it('tells that its destination was translated, and where it went', async () => {
      const text = await run('packet', String(rows.find((row) => row.sport === 4004)?.packet_id));
      expect(text).toContain('forward  wan -> lan  now 10.9.0.1:4004 -> 10.8.0.2:5000\n');
      expect(text).toMatch(
        /\nACCEPTED by rule \d+ of inet filter forward: iifname "wan" oifname "lan" accept # what was sent there\n$/,
      );
    });

    it('is found by its first digits, or the candidates are listed', async () => {
      const ids = rows.map((row) => String(row.packet_id));
      const prefix = idOf(22).slice(0, 6);
      const { code, stdout, stderr } = await cli(hub, 'packet', prefix);
      expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
      const [sentence = '', ...lines] = stderr.trimEnd().split('\n');
      expect(sentence).toMatch(
        /^visor-cli: id: more than 10 packets have an id that begins with \d+; give more digits$/,
      );
      expect(lines).toHaveLength(10);
      for (const line of lines) expect(ids).toContain(line.trim().split(' ')[0]);
      const whole = JSON.parse(await run('packet', idOf(22), '-o', 'json')) as { path: unknown[] };
      expect(whole.path).toHaveLength(6);
      expect((await run('packet', idOf(22), '-o', 'jsonl')).trimEnd().split('\n')).toHaveLength(6);
    });

    it('says in which time a packet was looked for', async () => {
      const { code, stderr } = await cli(hub, 'packet', '12345', '--since', '1h');
      expect(code).toBe(1);
      expect(stderr).toMatch(
        /^visor-cli: id: no packet has an id that is or begins with 12345 among the rows since /,
      );
    });
  });

  /** @returns CSV's lines, each in its cells, without the header */
  const cells = (csv: string): string[][] =>
    csv
      .trimEnd()
      .split('\r\n')
      .slice(1)
      .map((line) => line.split(','));

  it('top counts as the kernel does', async () => {
    const [dropped, policy] = [counters.get('dropped')?.packets, counters.get('by_policy')?.packets];
    const drops = cells(await run('top', 'drops', '-o', 'csv'));
    // agent, family, table, chain, handle, rule, drops
    expect(drops.map((line) => [line[3], line[5], Number(line[6])])).toEqual(
      expect.arrayContaining([
        ['input', 'udp dport 5001 counter name ""dropped"" drop'.replace(/^|$/g, '"'), dropped],
        ['input', '', policy],
      ]),
    );
    const talkers = cells(await run('top', '--by', 'flows', '--dport', '!22', '--proto', 'udp', '-o', 'csv'));
    expect(talkers).toEqual([['10.9.0.1', '4', String(sent), String(sent * 48), '60']]);
    const table = await run('top', 'ports', '-n', '1', '--proto', 'udp', '--exact');
    expect(table).toMatch(/^udp +5001 +30 +46\.2 +1440 +46\.2 +30 +50\.0$/m);
    expect(table).toMatch(/^others +35 /m);
    expect(table).toMatch(/^total +65 +100\.0 /m);
  });

  it('top --watch goes on until it is interrupted, and sees what has come', async () => {
    const program: Program = startCli(lab, hub, 'top', 'agents', '--watch', '--interval', '300ms', '--exact');
    await program.until('two blocks', () => program.stdout.split('\ntotal').length > 2);
    expect(program.stdout).toMatch(new RegExp(`^web1 +${rows.length} +100.0 `, 'm'));
    expect(await program.kill('SIGINT')).toBe(0);
  });

  it('query answers what is asked, and asks again what was saved', async () => {
    const file = join(lab.directory('queries'), 'question.json');
    const flags = ['--by', 'dport,fate', '--proto', 'udp', '--since', '1h', '--having', 'packets>5'];
    const first = await run('query', ...flags, '--select', 'packets,avg(len)', '-o', 'csv', '--save', file);
    expect(cells(first)).toEqual([
      ['5001', 'dropped', '30', '48'],
      ['5002', 'dropped', '20', '48'],
      ['5003', 'dropped', '10', '48'],
    ]);
    expect(await run('query', '--stored', file, '-o', 'csv')).toBe(first);
    expect(cells(await run('query', '--stored', file, '--having', 'packets>25', '-o', 'csv'))).toHaveLength(
      1,
    );
    expect(JSON.parse(readFileSync(file, 'utf8'))).toMatchObject({ since: '1h', proto: ['udp'] });
    const table = await run('query', 'dport', '--stored', file, '--limit', '1');
    expect(table).toMatch(/^time {4}between .* \(1h\)$/m);
    expect(table).toMatch(/^filter {2}proto=udp$/m);
    expect(table).toMatch(/^shown {3}1 group, and there are more; -n shows them$/m);
    writeFileSync(file, '{"dprot": 1}');
    const { code, stderr } = await cli(hub, 'query', '--stored', file);
    expect(code).toBe(2);
    expect(stderr).toContain('has the key "dprot", which no question has; did you mean "dport"?');
  });

  it('series are without gaps, and come to what groups do', async () => {
    const csv = cells(
      await run('series', 'fate', '--proto', 'udp', '--bucket', '1m', '--since', '10m', '-o', 'csv'),
    );
    const sums = new Map<string, number>();
    for (const [, fate = '', packets] of csv) sums.set(fate, (sums.get(fate) ?? 0) + Number(packets));
    expect(Object.fromEntries(sums)).toEqual({ dropped: 60, accepted: 5 });
    expect(new Set(csv.map(([time]) => time)).size).toBeGreaterThanOrEqual(10);
    const chart = await run('series', '--by', 'fate', '--proto', 'udp', '--height', '5', '--utc');
    expect(chart).toMatch(/^packets by fate {2}in steps of \d+[sm]$/m);
    expect(chart).toMatch(/# {2}dropped +\d+ +60 +92\.3$/m);
    expect(chart).toMatch(/= {2}accepted +\d+ +5 +7\.7$/m);
  });

  it('says when nothing matches, and fails where that is asked for', async () => {
    for (const command of [['top'], ['query', 'dport'], ['series']]) {
      const { code, stdout, stderr } = await cli(hub, ...command, '--dport', '1', '--fail-empty');
      expect([command, code, stderr.split('\n')[0]]).toEqual([command, 1, 'visor-cli: nothing matches']);
      expect(stdout).toBe('');
    }
  });
});
