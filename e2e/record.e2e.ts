import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { type JsonRow } from '#columns';
import {
  clientAndWeb,
  type Daemon,
  describeAsRoot,
  eventually,
  type Lab,
  Nats,
  type Namespace,
  openLab,
  parseRows,
  type Program,
  programCommand,
  type Result,
  run,
  sendUdp,
  startAgent,
  startHub,
  tryRun,
  untilRows,
} from './support/index.js';

const version = (comment: string): string => `
table inet f {
  chain tag { type filter hook prerouting priority raw; policy accept; meta l4proto udp meta nftrace set 1; }
  chain in {
    type filter hook input priority filter; policy drop;
    udp dport 5000 accept comment "${comment}"
    udp dport 5001 reject
  }
}`;
const flows = [5000, 5001, 5002].map((dport) => ({ sport: dport - 1000, dport, count: 100 }));
const PACKETS = 300;

describeAsRoot('record and replay', () => {
  let lab: Lab;
  let client: Namespace;
  let web: Namespace;
  let nats: Nats;
  let hub: Daemon;
  let directory: string;

  beforeAll(async () => {
    lab = await openLab();
    ({ client, web } = await clientAndWeb(lab));
    await web.nft(version('first'));
    nats = await Nats.start(lab);
    hub = await startHub(lab, { natsUrl: nats.url, data: lab.directory('clickhouse') });
    directory = lab.directory('recordings');
  });

  afterAll(() => lab.close());

  const file = (name: string): string => join(directory, name);
  const record = async (to: string, ...flags: string[]): Promise<Program> => {
    const command = programCommand('pkt-tracer', 'record', to, '--netns', web.name, ...flags);
    const program = lab.start({ name: 'pkt-tracer record', command });
    await program.untilOutput(/^recording in network namespace .* ends it$/m);
    return program;
  };
  const replay = (from: string, ...flags: string[]): Promise<Result> =>
    tryRun(programCommand('pkt-tracer', 'replay', from, ...flags), {
      env: { PT_NATS_URL: nats.url, PT_TELEMETRY_USERAGENT: 'replayed' },
    });
  const rowsOf = async (name: string): Promise<JsonRow[]> => {
    const { code, stdout, stderr } = await replay(file(name), '-o', 'jsonl');
    expect([code, stderr]).toEqual([
      0,
      expect.stringMatching(/^replayed \d+ events of \d+ packets/) as string,
    ]);
    return parseRows(stdout);
  };

  /** What a row says of the packet: two receivers of the same events stamp times and ids of their own. */
  const content = (rows: readonly JsonRow[]): string[] =>
    rows
      .map(({ ts: _ts, agent_id: _agent, packet_id: _packet, batch_id: _batch, ...rest }) =>
        JSON.stringify(rest),
      )
      .sort();

  it('a replay gives the rows that an agent published at the same time', async () => {
    const env = { PT_LOGGER_LEVEL: 'debug' };
    const agent = await startAgent(lab, { natsUrl: nats.url, agentId: 'live', netns: web.name, env });
    const recorder = await record(file('live.rec.gz'));
    await sendUdp(client, { to: '10.9.0.2', flows, gapMs: 1 });
    const listings = (): number => agent.program.stderr.match(/ruleset \d+ known/g)?.length ?? 0;
    const before = listings();
    await web.nft(`delete table inet f\n${version('second')}`);
    await agent.program.until('the listing of the new ruleset', () => listings() > before);
    await sendUdp(client, { to: '10.9.0.2', flows, gapMs: 1 });
    const live = await untilRows(
      hub.url,
      ['--last', '10000', '--hops', '--agent-id', 'live'],
      (rows) => rows.filter((row) => row.decisive).length >= 2 * PACKETS,
    );
    expect(await recorder.kill('SIGINT')).toBe(0);
    await agent.program.stop();
    expect(recorder.stderr).toMatch(
      /^recorded \d+ events \(0 lost\) of \d+\.\d s to .*live\.rec\.gz \(\d+ kB\)$/m,
    );
    const replayed = await rowsOf('live.rec.gz');
    expect(replayed.filter((row) => row.decisive)).toHaveLength(2 * PACKETS);
    expect(content(replayed)).toEqual(content(live));
    expect(new Set(replayed.map((row) => row.comment))).toEqual(new Set(['', 'first', 'second']));
  });

  it('a replay to NATS comes out at the hub, under the name and times that it should', async () => {
    const before = await rowsOf('live.rec.gz');
    const { code, stderr } = await replay(file('live.rec.gz'));
    expect(code).toBe(0);
    expect(stderr).toMatch(
      /^replayed (\d+) events of 600 packets from .*: (\d+) rows, \2 published to NATS at /m,
    );
    const stored = await untilRows(
      hub.url,
      ['--last', '10000', '--hops', '--agent-id', 'replayed'],
      before.length,
    );
    expect(content(stored)).toEqual(content(before));
    expect(stored.map((row) => row.ts).sort()).toEqual(before.map((row) => row.ts).sort());
    const shifted = await tryRun(
      programCommand('pkt-tracer', 'replay', file('live.rec.gz'), '-o', 'jsonl', '--now'),
    );
    const [first] = parseRows(shifted.stdout);
    expect(Math.abs(Date.now() - Date.parse(String(first?.ts)))).toBeLessThan(60_000);
    expect(Date.parse(String(first?.ts))).toBeGreaterThan(Date.parse(String(before[0]?.ts)));
  });

  it('`--for` and `--events` end it', async () => {
    const events = await record(file('events.rec'), '--events', '7');
    await sendUdp(client, { to: '10.9.0.2', flows });
    expect(await events.ended()).toBe(0);
    expect(events.stderr).toMatch(/^recorded 7 events /m);
    const { stderr } = await replay(file('events.rec'), '-o', 'jsonl');
    expect(stderr).toMatch(/^replayed 7 events /m);
    const timed = await record(file('timed.rec'), '--for', '200ms');
    expect(await timed.ended()).toBe(0);
    expect(timed.stderr).toMatch(/^recorded 0 events \(0 lost\) of \d\.\d s to .*timed\.rec \(\d+ k?B\)$/m);
  });

  it.each(['killed.rec', 'killed.rec.gz'])(
    'killed while it records, %s is readable up to its end',
    async (name) => {
      const recorder = await record(file(name));
      await sendUdp(client, { to: '10.9.0.2', flows });
      const packets = ({ stdout }: Result): number => parseRows(stdout).filter((row) => row.decisive).length;
      // What is there so far is readable also while it is written.
      await eventually(
        () => replay(file(name), '-o', 'jsonl'),
        (replayed) => packets(replayed) >= PACKETS,
        { stable_ms: 0 },
      );
      await recorder.kill('SIGKILL');
      const replayed = await replay(file(name), '-o', 'jsonl');
      expect(packets(replayed)).toBe(PACKETS);
      const { code, stderr } = replayed;
      expect(code).toBe(1);
      expect(stderr).toMatch(/at byte \d+: it was cut off: the recorder did not come to its end/);
      expect(stderr).not.toMatch(/^\s+at /m);
    },
  );

  it('a full disk ends it with one sentence, and what is written is readable', async () => {
    const mount = lab.directory('tiny');
    await run(['mount', '-t', 'tmpfs', '-o', 'size=64k', 'tmpfs', mount]);
    lab.defer(async () => void (await run(['umount', mount])));
    const recorder = await record(join(mount, 'full.rec'));
    await sendUdp(client, {
      to: '10.9.0.2',
      flows: flows.map((flow) => ({ ...flow, count: 400 })),
      gapMs: 1,
    });
    expect(await recorder.ended()).toBe(1);
    expect(recorder.stderr.trim().split('\n').at(-1)).toMatch(
      /^pkt-tracer: .*full\.rec cannot be written further: the disk is full; it is readable up to byte \d+$/,
    );
    const { stdout, stderr } = await replay(join(mount, 'full.rec'), '-o', 'jsonl');
    expect(parseRows(stdout).length).toBeGreaterThan(50);
    expect(stderr).toMatch(/the last record is not whole; what stands before it was read/);
  });

  it('what cannot be is said in one sentence', async () => {
    const say = async (...args: string[]): Promise<[number | null, string]> => {
      const { code, stderr } = await tryRun(programCommand('pkt-tracer', ...args));
      return [code, stderr];
    };
    expect(await say('record', file('live.rec.gz'), '--netns', web.name)).toEqual([
      1,
      `pkt-tracer: ${file('live.rec.gz')} is there already; name another file or give --force\n`,
    ]);
    expect(await say('record', file('x.rec'), '--netns', 'nowhere')).toEqual([
      1,
      'pkt-tracer: network namespace nowhere does not exist (/run/netns/nowhere); see `ip netns list`\n',
    ]);
    expect(existsSync(file('x.rec'))).toBe(false);
    const [bad, sentence] = await say('record', file('x.rec'), '--for', 'long');
    expect([bad, sentence]).toEqual([
      2,
      'pkt-tracer: --for: "long" is not allowed; it takes a duration (100ms, 5s, 1h30m)\n',
    ]);
    expect(await say('replay', '/etc/hostname', '-o', 'jsonl')).toEqual([
      1,
      'pkt-tracer: /etc/hostname is no recording of pkt-tracer\n',
    ]);
    expect(readFileSync(file('live.rec.gz')).length).toBeGreaterThan(1000);
  });

  it('without the right to listen it leaves no file behind', async () => {
    const command = ['setpriv', '--bounding-set', '-all', '--inh-caps', '-all', '--'];
    const { code, stderr } = await tryRun([
      ...command,
      ...programCommand('pkt-tracer', 'record', file('no.rec')),
    ]);
    expect(code).toBe(1);
    expect(stderr).toMatch(/^pkt-tracer: .*needs CAP_NET_ADMIN; run it as root or grant that capability\n$/);
    expect(existsSync(file('no.rec'))).toBe(false);
  });
});
