import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { type JsonRow } from '#columns';
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
  startHub,
  watchRows,
} from './support/index.js';

/** Every packet is let through by the first base chain and dropped by the second: who says `accepted` guesses. */
const ruleset = `
table inet t {
  counter traced { }
  chain tag {
    type filter hook prerouting priority raw; policy accept;
    udp dport 5000-5009 counter name traced meta nftrace set 1
  }
  chain in { type filter hook input priority filter; policy accept; udp dport 5000-5009 drop; }
}`;

interface State {
  readonly events: number;
  readonly packets: number;
  readonly rowsPublished: number;
  readonly lost: Readonly<Record<string, number>>;
}

const PAUSES = 12;

describeAsRoot('an agent that falls behind again and again in the middle of a flood', () => {
  let lab: Lab;
  let client: Namespace;
  let web: Namespace;
  let hub: Daemon;
  let agent: Daemon;
  let perPacket = 0;

  const stateOf = async (): Promise<State> => JSON.parse(await ask(agent, '/healthz')) as State;
  const traced = async (): Promise<number> => (await web.counters()).get('traced')?.packets ?? 0;
  const flood = (count: number, sport: number) => {
    const flows = [0, 1, 2].map((i) => ({ sport: sport + i, dport: 5000 + i, count }));
    return sendUdp(client, { to: '10.9.0.2', flows });
  };

  beforeAll(async () => {
    lab = await openLab();
    ({ client, web } = await clientAndWeb(lab));
    await web.nft(ruleset);
    const nats = await Nats.start(lab);
    hub = await startHub(lab, { natsUrl: nats.url, data: lab.directory('clickhouse') });
    const env = { PT_CAPTURE_RECEIVE_BUFFER: '1MiB' };
    agent = await startAgent(lab, { natsUrl: nats.url, agentId: 'web1', netns: web.name, env });
    await sendUdp(client, { to: '10.9.0.2', flows: [{ sport: 3000, dport: 5000, count: 10 }] });
    const calm = await eventually(stateOf, ({ packets }) => packets >= 10, { stable_ms: 1000 });
    perPacket = calm.events / (await traced());

    const flooding = Promise.all([flood(12_000, 4000), flood(12_000, 4100)]);
    for (let pause = 0; pause < PAUSES; pause++) {
      process.kill(agent.program.pid, 'SIGSTOP');
      await sleep(60);
      process.kill(agent.program.pid, 'SIGCONT');
      await sleep(60);
    }
    await flooding;
  });

  afterAll(() => lab.close());

  it('says how many it lost, to the event, and claims of no packet that it was accepted', async () => {
    const made = (await traced()) * perPacket;
    const all = ({ events, lost }: State): boolean => events + (lost['overrun'] ?? 0) >= made;
    const state = await eventually(stateOf, all, { stable_ms: 2000 });
    expect(state.lost['overrun']).toBeGreaterThan(0);
    expect(state.events + (state.lost['overrun'] ?? 0)).toBe(made);

    const count = async (fate: string): Promise<JsonRow[]> =>
      watchRows(hub.url, '--last', '10000', '--fate', fate);
    expect((await count('accepted')).slice(0, 3)).toEqual([]);
    const unsure = await count('unknown');
    expect(unsure.length).toBeGreaterThan(0);
    const drops = await count('dropped');
    expect(drops.length).toBeGreaterThan(0);
    expect(new Set(drops.map((row) => row.chain))).toEqual(new Set(['in']));
  });
});
