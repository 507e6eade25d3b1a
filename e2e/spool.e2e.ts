import { statfsSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, expect, it } from 'vitest';
import { NatsServer } from '#testing/bus';
import {
  ask,
  clientAndWeb,
  type Daemon,
  describeAsRoot,
  eventually,
  HubWord,
  type Lab,
  Nats,
  type Namespace,
  openLab,
  packetsOf,
  run,
  sendUdp,
  startAgent,
  stopAgent,
  unaccounted,
} from './support/index.js';

/** One row a packet. */
const ruleset = `
table inet t {
  counter traced { }
  chain in {
    type filter hook prerouting priority raw; policy accept;
    udp dport 5000 meta nftrace set 1 counter name traced drop
  }
}`;

interface State {
  readonly rows: number;
  readonly rowsPublished: number;
  readonly lost: Readonly<Record<string, number>>;
  readonly spool: {
    readonly batches: number;
    readonly bytes: number;
    readonly unconfirmed: number;
    readonly rowsSpooled: number;
    readonly rowsStored: number;
    readonly rowsReplayed: number;
  };
}

const state = async (agent: Daemon): Promise<State> => JSON.parse(await ask(agent, '/healthz')) as State;
const segments = (spool: string) => readdirSync(spool).filter((name) => name.endsWith('.batches'));
/** The hub is asked for a batch when the stream has had it for 10 s, every 5 s. */
const asking = { timeout_ms: 60_000, stable_ms: 1000 };

describeAsRoot('batches until they are stored', () => {
  let stage: Lab;
  let lab: Lab;
  let client: Namespace;
  let web: Namespace;
  let word: HubWord;

  beforeAll(async () => {
    stage = await openLab();
    ({ client, web } = await clientAndWeb(stage));
  });
  beforeEach(async () => {
    lab = await openLab();
    await web.nft(`flush ruleset\n${ruleset}`);
  });
  afterEach(() => lab.close());
  afterAll(() => stage.close());

  async function hubOf(nats: { readonly url: string }): Promise<void> {
    word = await HubWord.connect(nats.url, 'web1');
    const mine = word;
    lab.defer(() => mine.close());
  }

  const agentOf = (nats: { readonly url: string }, env: Record<string, string> = {}): Promise<Daemon> =>
    startAgent(lab, { natsUrl: nats.url, agentId: 'web1', netns: web.name, env });

  const send = (count: number, gapMs = 5) =>
    sendUdp(client, { to: '10.9.0.2', flows: [{ sport: 4000, dport: 5000, count }], gapMs });

  const traced = async (): Promise<number> => (await web.counters()).get('traced')?.packets ?? 0;

  /** What the stream has, as soon as it has so many packets. */
  const streamed = (packets: number) =>
    eventually(
      () => word.stream(),
      (batches) => packetsOf(batches).length >= packets,
      asking,
    );

  /** The hub has nothing; it answers `again` for what the stream does not have either. */
  async function knowStream(): Promise<void> {
    const there = new Set((await word.stream()).map(({ batchId }) => batchId));
    word.answer = ({ batchId }) => (there.has(batchId) ? 'waiting' : 'again');
  }

  it('are published again from memory when NATS has lost its store', async () => {
    const nats = await Nats.start(lab);
    await hubOf(nats);
    const agent = await agentOf(nats);
    await send(100);
    await eventually(
      () => state(agent),
      ({ rowsPublished }) => rowsPublished >= 100,
    );
    const before = await word.stream();
    expect(packetsOf(before)).toHaveLength(100);
    await nats.kill();
    nats.loseStore();
    await nats.restart();
    await knowStream();
    const after = await streamed(100);
    expect(new Set(packetsOf(after))).toEqual(new Set(packetsOf(before)));
    expect(after).toHaveLength(before.length);
    expect(after.every(({ attempt }) => attempt === 2)).toBe(true);
    await word.tell(after.map(({ batchId }) => batchId));
    await eventually(
      () => state(agent),
      ({ spool }) => spool.batches === 0,
    );
    const account = await stopAgent(agent.program);
    expect(account).toMatchObject({ rows: 100, published: 100, stored: 100, spooled: 0, replayed: 0 });
    expect(unaccounted(account)).toBe(0);
  });

  it('are published again from disk when NATS has lost its store and the agent was killed', async () => {
    const nats = await Nats.start(lab);
    await hubOf(nats);
    const spool = lab.directory('spool');
    const first = await agentOf(nats, { PT_SPOOL_DIR: spool });
    await send(100);
    await eventually(
      () => state(first),
      ({ rowsPublished }) => rowsPublished >= 100,
    );
    const before = await word.stream();
    // one is stored, and the agent knows
    await word.tell(before.slice(0, 1).map(({ batchId }) => batchId));
    await eventually(
      () => state(first),
      (now) => now.spool.batches === before.length - 1,
      { stable_ms: 2500 },
    );
    await Promise.all([first.program.kill('SIGKILL'), nats.kill()]);
    nats.loseStore();
    await nats.restart();
    word.answer = () => 'again';
    const second = await agentOf(nats, { PT_SPOOL_DIR: spool });
    const left = before.slice(1);
    const after = await streamed(packetsOf(left).length);
    expect(after.map(({ batchId }) => batchId).sort()).toEqual(left.map(({ batchId }) => batchId).sort());
    expect(new Set(packetsOf(after))).toEqual(new Set(packetsOf(left)));
    expect(after.every(({ attempt }) => attempt >= 2)).toBe(true);
    await word.tell(after.map(({ batchId }) => batchId));
    await eventually(
      () => state(second),
      (now) => now.spool.batches === 0,
    );
    const account = await stopAgent(second.program);
    expect(account).toMatchObject({ published: 0, spooled: 0, replayed: packetsOf(left).length });
    expect(segments(spool)).toEqual([]);
  });

  it('wait on disk while NATS is away, and outlive a killed agent', async () => {
    const nats = await Nats.start(lab);
    const spool = lab.directory('spool');
    const first = await agentOf(nats, { PT_SPOOL_DIR: spool });
    await nats.kill();
    await send(200);
    const made = await eventually(
      () => state(first),
      (now) => now.spool.rowsSpooled >= 200 && now.rows >= 200,
    );
    expect(made).toMatchObject({ rows: 200, rowsPublished: 0, spool: { rowsSpooled: 200 } });
    await first.program.kill('SIGKILL');
    await nats.restart();
    await hubOf(nats);
    await knowStream();
    const second = await agentOf(nats, { PT_SPOOL_DIR: spool });
    const batches = await streamed(200);
    expect(new Set(packetsOf(batches)).size).toBe(200);
    expect(new Set(batches.map(({ batchId }) => batchId)).size).toBe(batches.length);
    const account = await stopAgent(second.program);
    expect(account).toMatchObject({ published: 0, replayed: 200 });
  });

  it('stay in the spool at a stop without NATS; a stop without a spool waits, and a second signal ends it', async () => {
    const nats = await Nats.start(lab);
    const spool = lab.directory('spool');
    const [kept, waiting] = [
      await agentOf(nats, { PT_SPOOL_DIR: spool, PT_SPOOL_MODE: 'overflow' }),
      await agentOf(nats, { PT_GRACEFUL_SHUTDOWN: '10m' }),
    ];
    await nats.kill();
    await send(50);
    for (const agent of [kept, waiting]) {
      await eventually(
        () => state(agent),
        ({ rows }) => rows >= 50,
      );
    }
    const account = await stopAgent(kept.program);
    expect(account).toMatchObject({ rows: 50, published: 0, spooled: 50 });
    expect(unaccounted(account)).toBe(0);
    process.kill(waiting.program.pid, 'SIGTERM');
    await new Promise((resolve) => setTimeout(resolve, 1500));
    expect(waiting.program.running).toBe(true);
    expect(await waiting.program.kill('SIGTERM')).toBe(130);
  });

  it('go on in memory while the disk of the spool is full', async () => {
    const nats = await Nats.start(lab);
    await hubOf(nats);
    const spool = lab.directory('spool');
    await run(['mount', '-t', 'tmpfs', '-o', 'size=512k', 'tmpfs', spool]);
    lab.defer(async () => void (await run(['umount', spool])));
    const agent = await agentOf(nats, { PT_SPOOL_DIR: spool });
    await send(50);
    const filler = join(spool, 'filler');
    const { bavail, bsize } = statfsSync(spool);
    writeFileSync(filler, Buffer.alloc(bavail * bsize));
    await nats.kill();
    await send(300);
    await agent.program.untilOutput(/takes no batches \(ENOSPC\); batches are kept in memory/);
    await nats.restart();
    const all = await streamed(350);
    expect(new Set(packetsOf(all)).size).toBe(350);
    rmSync(filler);
    await agent.program.untilOutput(/the spool takes batches again/);
    expect((await state(agent)).lost).toEqual({ overrun: 0, malformed: 0, backlog: 0 });
    await word.tell(all.map(({ batchId }) => batchId));
    await eventually(
      () => state(agent),
      (now) => now.spool.batches === 0,
    );
    const account = await stopAgent(agent.program);
    expect(account).toMatchObject({ rows: 350, published: 350, stored: 350, spooled: 0 });
    expect(unaccounted(account)).toBe(0);
  });

  it('are thrown away, the oldest first, when the spool is full: to the row', async () => {
    const nats = await Nats.start(lab);
    const spool = lab.directory('spool');
    const agent = await agentOf(nats, {
      PT_SPOOL_DIR: spool,
      PT_SPOOL_MAX_BYTES: '1MiB',
      PT_PUBLISH_QUEUE: '1MiB',
      PT_BATCH_LINGER: '5ms',
    });
    await nats.kill();
    // How many packets a batch has depends on the machine: they are sent until the spool was full.
    const isFull = async (): Promise<boolean> => ((await state(agent)).lost['spool_full'] ?? 0) > 0;
    for (let sent = 0; sent < 20_000 && !(await isFull());) sent += await send(200, 8);
    const count = await traced();
    await eventually(
      () => state(agent),
      ({ rows }) => rows >= count,
    );
    await nats.restart();
    await hubOf(nats);
    const { lost } = await eventually(
      () => state(agent),
      (now) => now.rowsPublished + (now.lost['spool_full'] ?? 0) >= count,
    );
    const gone = lost['spool_full'] ?? 0;
    expect(gone).toBeGreaterThan(0);
    const packets = packetsOf(await word.stream());
    expect(new Set(packets).size).toBe(count - gone);
    const account = await stopAgent(agent.program);
    expect(account).toMatchObject({ rows: count, published: count - gone });
    expect(account.discards['spool_full']).toBe(gone);
    expect(unaccounted(account)).toBe(0);
    expect(agent.program.stderr).toMatch(/EVENTS LOST: \d+ .*spool full/);
  });

  it('are split where NATS takes only small messages, and never doubled after that', async () => {
    const nats = await NatsServer.start({ maxPayload: 16 * 1024 });
    lab.defer(() => nats.destroy());
    await hubOf(nats);
    const spool = lab.directory('spool');
    const settings = { PT_SPOOL_DIR: spool, PT_BATCH_LINGER: '2s' };
    const first = await agentOf(nats, settings);
    await sendUdp(client, {
      to: '10.9.0.2',
      flows: Array.from({ length: 20 }, (_, at) => ({ sport: 4000 + 17 * at, dport: 5000, count: 500 })),
    });
    const count = await traced();
    const made = await eventually(
      () => state(first),
      ({ rows, rowsPublished }) => rowsPublished >= count && rows >= count,
    );
    expect(made.rows).toBe(count);
    const batches = await word.stream();
    expect(batches.length).toBeGreaterThan(3);
    expect(new Set(packetsOf(batches)).size).toBe(count);
    expect(batches.reduce((sum, batch) => sum + batch.rows, 0)).toBe(count);
    expect(new Set(batches.map(({ batchId }) => batchId)).size).toBe(batches.length);
    await first.program.kill('SIGKILL');
    word.asked.splice(0);
    await agentOf(nats, settings);
    await eventually(
      () => Promise.resolve(word.asked.length),
      (asked) => asked >= batches.length,
      asking,
    );
    // what is asked for after the restart are the parts: nothing else would be published
    expect(new Set(word.asked.map(({ batchId }) => batchId))).toEqual(
      new Set(batches.map(({ batchId }) => batchId)),
    );
  });
});
