import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { type JsonRow } from '#columns';
import {
  cli,
  type Daemon,
  describeAsRoot,
  eventually,
  type Lab,
  type Namespace,
  openLab,
  type Program,
  sendUdp,
  startCli,
  startOneHost,
  stopAgent,
  sumOf,
  watchRows,
} from './support/index.js';

/** Several events a packet, so that a gap tears packets apart; `traced` is the kernel's own count of packets. */
const ruleset = `
table inet t {
  counter traced { }
  chain tag {
    type filter hook prerouting priority raw; policy accept;
    udp dport 5000 counter name traced meta nftrace set 1
  }
  chain in { type filter hook input priority filter; policy accept; udp dport 5000 accept; }
}`;

interface State {
  readonly events: number;
  readonly packets: number;
  readonly merged: number;
  readonly rowsPublished: number;
  readonly lost: Readonly<Record<string, number>>;
}

const flow = (count: number) => ({ to: '10.9.0.2', flows: [{ sport: 4000, dport: 5000, count }] });
const lines = /EVENTS LOST: (\d+) /g;
const lostIn = (text: string): number =>
  [...text.matchAll(lines)].reduce((sum, [, count]) => sum + Number(count), 0);

async function json<T>(url: string): Promise<T> {
  return (await (await fetch(url)).json()) as T;
}

describeAsRoot('an agent that is stopped for a moment while packets flood in', () => {
  let lab: Lab;
  let client: Namespace;
  let web: Namespace;
  let hub: Daemon;
  let agent: Daemon;
  let follower: Program;
  /** Events that the kernel made, and how many of them a packet has. */
  let made = 0;
  let perPacket = 0;
  let overrun = 0;

  const state = (): Promise<State> => json(`${agent.url}/healthz`);
  const traced = async (): Promise<number> => (await web.counters()).get('traced')?.packets ?? 0;

  beforeAll(async () => {
    lab = await openLab();
    const agentEnv = { PT_CAPTURE_RECEIVE_BUFFER: '1MiB' };
    ({ client, web, hub, agent } = await startOneHost(lab, { agentEnv }));
    await web.nft(ruleset);
    follower = startCli(lab, hub.url, 'watch', '-f', '--last', '1', '--agent-id', 'web1');

    await sendUdp(client, { ...flow(10), gapMs: 5 });
    const calm = await eventually(state, ({ packets }) => packets >= 10, { stable_ms: 1500 });
    perPacket = calm.events / (await traced());
    await follower.untilOutput(/ACCEPTED/);

    process.kill(agent.program.pid, 'SIGSTOP');
    await sendUdp(client, flow(6000));
    await sleep(1100);
    process.kill(agent.program.pid, 'SIGCONT');
    const all = ({ events, lost }: State): boolean => events + (lost['overrun'] ?? 0) >= made;
    made = (await traced()) * perPacket;
    await eventually(state, all, { stable_ms: 1500 });
    await sendUdp(client, { ...flow(2), gapMs: 5 });
    made = (await traced()) * perPacket;
    overrun = (await eventually(state, all, { stable_ms: 2500 })).lost['overrun'] ?? 0;
  });

  afterAll(() => lab.close());

  it('knows to the event how many the kernel threw away', async () => {
    expect(await traced()).toBe(6012);
    expect(Number.isInteger(perPacket) && perPacket > 1).toBe(true);
    const { events, merged, rowsPublished, lost } = await state();
    expect(overrun).toBeGreaterThan(0);
    expect(events + overrun).toBe(made);
    expect(rowsPublished + merged + overrun).toBe(made);
    expect(lost).toEqual({ overrun, malformed: 0, backlog: 0 });
  });

  it('says the same in its metrics, its heartbeat and its log', async () => {
    const metrics = await (await fetch(`${agent.url}/metrics`)).text();
    expect(metrics).toContain(`\nvisor_agent_lost_events_total{cause="overrun"} ${overrun}\n`);
    expect(metrics).toContain(`\nvisor_agent_events_total ${made - overrun}\n`);
    const told = await eventually(
      async () =>
        (await json<{ rows: { lost: Record<string, number> }[] }>(`${hub.url}/api/v1/agents`)).rows[0],
      (newest) => newest?.lost['overrun'] === overrun,
      { timeout_ms: 10_000, stable_ms: 0 },
    );
    expect(told).toMatchObject({ agent_id: 'web1', netns: [web.name], lost: { overrun } });
    const hubMetrics = await (await fetch(`${hub.url}/metrics`)).text();
    expect(hubMetrics).toContain(`\nvisor_hub_lost_events_total{cause="overrun"} ${overrun}\n`);
  });

  it('shows the gap in the data: watch has it in its place, exactly', async () => {
    const where = `on web1 netns ${web.name} `;
    const { stdout, code } = await cli(hub.url, 'watch', '--last', '4', '--agent-id', 'web1');
    expect([code, lostIn(stdout)]).toEqual([0, overrun]);
    const kinds = stdout.trimEnd().split('\n');
    // two packets before the gap and the two that came after it
    expect(kinds.map((line) => line.startsWith('EVENTS LOST'))).toEqual([false, false, true, false, false]);
    const when = '(at [0-9:]{8}|between [0-9:]{8} and [0-9:]{8})';
    expect(stdout).toMatch(
      new RegExp(`^EVENTS LOST: \\d+ ${where}${when} \\(receive buffer overrun\\)$`, 'm'),
    );
    await follower.until('the loss', () => lostIn(follower.stdout) >= overrun);
    expect(lostIn(follower.stdout)).toBe(overrun);
    expect((await cli(hub.url, 'watch', '--agent-id', 'web2')).stdout).toBe('');
    const program = await cli(hub.url, 'watch', '--last', '3', '-o', 'jsonl');
    expect([lostIn(program.stdout), lostIn(program.stderr)]).toEqual([0, overrun]);
  });

  it('dates the gap: rows were received before it and after its begin, none is lost outside', async () => {
    type Loss = { ts: string; until: string; events: number; netns: string; cause: string };
    const { rows } = await json<{ rows: Loss[] }>(`${hub.url}/api/v1/losses?agent-id=web1`);
    expect(rows.reduce((sum, loss) => sum + loss.events, 0)).toBe(overrun);
    for (const { ts, until, netns, cause } of rows) {
      expect([netns, cause]).toEqual([web.name, 'overrun']);
      // stopped for more than a second, and drained soon after
      expect(Date.parse(until) - Date.parse(ts)).toBeGreaterThan(1000);
      expect(Date.parse(until) - Date.parse(ts)).toBeLessThan(60_000);
    }
  });

  it('knows no fate of the packets that were torn apart', async () => {
    const hops = await watchRows(hub.url, '--hops', '--last', '10000');
    const { rowsPublished } = await state();
    expect(hops).toHaveLength(rowsPublished);
    const packets = new Map<unknown, JsonRow[]>();
    for (const hop of hops) packets.set(hop.packet_id, [...(packets.get(hop.packet_id) ?? []), hop]);
    const whole = Math.max(...[...packets.values()].map((of) => of.length));
    let known = 0;
    for (const of of packets.values()) {
      const [fate] = new Set(of.map((hop) => hop.fate));
      if (of.length < whole) expect(fate).toBe('unknown');
      else if (fate === 'accepted') known++;
      else expect(fate).toBe('unknown');
    }
    expect(known).toBeGreaterThan(100);
    expect(known).toBeLessThan(packets.size);
  });

  it('accounts for every event at its stop', async () => {
    const account = await stopAgent(agent.program);
    expect(account.events).toBe(account.published + account.merged + sumOf(account.discards));
    expect(account.events + (account.lost['overrun'] ?? 0)).toBe(made);
    expect(account.lost['overrun']).toBe(overrun);
    expect(lostIn(agent.program.stderr)).toBe(overrun);
  });
});
