import { afterEach, beforeEach, expect, it } from 'vitest';
import {
  ask,
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
  stopAgent,
  unaccounted,
} from './support/index.js';

const ruleset = `
table inet t {
  chain in {
    type filter hook prerouting priority raw; policy accept;
    udp dport 5000 meta nftrace set 1 drop
  }
}`;

const state = async (agent: Daemon) => JSON.parse(await ask(agent, '/healthz')) as { readonly rows: number };

describeAsRoot('a stop', () => {
  let lab: Lab;
  let client: Namespace;
  let web: Namespace;

  beforeEach(async () => {
    lab = await openLab();
    ({ client, web } = await clientAndWeb(lab));
    await web.nft(ruleset);
  });
  afterEach(() => lab.close());

  const agentOf = (nats: Nats, env: Record<string, string>): Promise<Daemon> =>
    startAgent(lab, { natsUrl: nats.url, agentId: 'web1', netns: web.name, env });

  it('accounts for every event while NATS hangs, with a spool and without', async () => {
    const nats = await Nats.start(lab);
    const spool = lab.directory('spool');
    const within4s = { PT_GRACEFUL_SHUTDOWN: '4s' };
    const [kept, memory] = [
      await agentOf(nats, { ...within4s, PT_SPOOL_DIR: spool }),
      await agentOf(nats, within4s),
    ];
    nats.signal('SIGSTOP');
    lab.defer(() => Promise.resolve(nats.signal('SIGCONT')));
    await sendUdp(client, { to: '10.9.0.2', flows: [{ sport: 4000, dport: 5000, count: 50 }], gapMs: 5 });
    for (const agent of [kept, memory]) {
      await eventually(
        () => state(agent),
        ({ rows }) => rows >= 50,
      );
    }
    const accounts = await Promise.all([stopAgent(kept.program), stopAgent(memory.program)]);
    expect(accounts[0]).toMatchObject({ rows: 50, published: 0, spooled: 50 });
    expect(accounts[1]).toMatchObject({ rows: 50, published: 0, spooled: 0, discards: { shutdown: 50 } });
    expect(accounts.map(unaccounted)).toEqual([0, 0]);
    expect([kept.program.exitCode, memory.program.exitCode]).toEqual([0, 0]);
  });
});
