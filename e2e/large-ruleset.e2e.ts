import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, expect, it } from 'vitest';
import {
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

const RULES = 50_000;
const ELEMENTS = 100_000;
/** Of the first, one in the middle and the last rule */
const PORTS = [1, 25_000, RULES];

const address = (n: number): string => `172.${16 + (n >> 16)}.${(n >> 8) & 255}.${n & 255}`;
const elements = Array.from({ length: ELEMENTS }, (_, n) => address(n));
const tagging = `
table inet t {
  chain tag { type filter hook prerouting priority raw; policy accept; meta nftrace set 1; }
}`;

const sets = `
table inet lists {
  set many { type ipv4_addr; elements = { 10.9.0.1, ${elements.join(', ')} } }
  set ranges { type ipv4_addr; flags interval; elements = { ${elements.filter((_, n) => n % 2).join(', ')} } }
  map verdicts { type ipv4_addr : verdict; elements = { ${elements.map((e) => `${e} : drop`).join(', ')} } }
  chain in {
    type filter hook input priority -10; policy accept;
    ip saddr @ranges drop
    ip saddr vmap @verdicts
    ip saddr { ${elements.slice(0, 20_000).join(', ')} } counter drop comment "in place"
    ip saddr != { ${elements.slice(0, 20_000).join(', ')} } counter comment "not in place"
    ip saddr @many counter comment "many"
  }
}`;

const rules = Array.from(
  { length: RULES },
  (_, n) => `udp dport ${n + 1} counter drop comment "rule ${n + 1}"`,
);
const big = `
table inet big {
  chain in {
    type filter hook input priority filter; policy accept;
    ${rules.join('\n    ')}
  }
}`;

describeAsRoot(`${RULES} rules and sets of ${ELEMENTS} elements`, () => {
  let lab: Lab;
  let client: Namespace;
  let web: Namespace;
  let hub: Daemon;
  let agent: Daemon;

  beforeAll(async () => {
    lab = await openLab();
    ({ client, web } = await clientAndWeb(lab));
    const nats = await Nats.start(lab);
    await web.nft(tagging);
    hub = await startHub(lab, { natsUrl: nats.url, data: lab.directory('clickhouse') });
    const env = { PT_LOGGER_LEVEL: 'debug' };
    agent = await startAgent(lab, { natsUrl: nats.url, agentId: 'web1', netns: web.name, env });
  });

  afterAll(() => lab.close());

  /** The ruleset's generations that the agent knows */
  const listed = (): number[] => {
    const output = agent.program.stdout + agent.program.stderr;
    return Array.from(output.matchAll(/ruleset (\d+) known/g), (match) => Number(match[1]));
  };

  /** Decisive rows of datagrams to these ports, once there are as many as `count` */
  const dropped = (ports: readonly number[], count: number) =>
    eventually(
      () => watchRows(hub.url, '--dport', ports.join(), '--last', '5000'),
      (rows) => rows.length >= count,
      { timeout_ms: 40_000, stable_ms: 200 },
    );

  it('answers while it lists them', async () => {
    await web.nft(sets + big);
    const before = listed().length;
    let answered = 0;
    while (listed().length === before) {
      const answer = await fetch(`${agent.url}/healthz`);
      expect(answer.status).toBe(200);
      await answer.text();
      if (listed().length === before) answered++;
      await sleep(20);
    }
    expect(answered).toBeGreaterThan(0);
  });

  it('shows the rule of each packet', async () => {
    const flows = PORTS.map((dport, i) => ({ sport: 4100 + i, dport, count: 1 }));
    await sendUdp(client, { to: '10.9.0.2', flows });
    const rows = await dropped(PORTS, PORTS.length);
    const told = rows.map((row) => [row.dport, row.rule, row.comment, row.fate]);
    const expected = PORTS.map((n) => [
      n,
      `udp dport ${n} counter drop comment "rule ${n}"`,
      `rule ${n}`,
      'dropped',
    ]);
    expect(told.toSorted()).toEqual(expected.toSorted());
    const hops = await watchRows(hub.url, '--hops', '--dport', '1', '--table', 'lists', '--type', 'rule');
    expect(hops.map((row) => row.comment)).toEqual(['not in place', 'many']);
    expect(hops[0]?.rule).toMatch(
      /^ip saddr != \{ 172\.16\.0\.0, .* \.\.\. .* \} counter comment "not in place"$/,
    );
    expect(hops[1]?.rule).toBe('ip saddr @many counter comment "many"');
  });

  it('keeps handle and text of a rule that is deleted right after its packets', async () => {
    const { handle } = (await dropped([25_000], 1))[0] ?? { handle: '' };
    await sendUdp(client, { to: '10.9.0.2', flows: [{ sport: 4001, dport: 25_000, count: 200 }] });
    await web.nft(`delete rule inet big in handle ${handle}`);
    const rows = (await dropped([25_000], 201)).filter((row) => row.sport === 4001);
    expect(rows).toHaveLength(200);
    const told = new Set(rows.map((row) => [row.handle, row.rule, row.fate].join(' ')));
    expect([...told]).toEqual([`${handle} udp dport 25000 counter drop comment "rule 25000" dropped`]);
  });

  it('shows a rule that has just been added', async () => {
    await web.nft('add rule inet big in udp dport 60000 counter drop comment "added"');
    const rule = 'udp dport 60000 counter drop comment "added"';
    // on a busy machine the first packets may be told before their rule is listed
    const rows = await eventually(
      async () => {
        await sendUdp(client, { to: '10.9.0.2', flows: [{ sport: 4000, dport: 60_000, count: 1 }] });
        return watchRows(hub.url, '--dport', '60000');
      },
      (all) => all.some((row) => row.rule === rule),
      { timeout_ms: 60_000, stable_ms: 0 },
    );
    expect(new Set(rows.map((row) => row.rule)).has(rule)).toBe(true);
    for (const row of rows) expect([rule, 'unknown rule']).toContain(row.rule);
  });

  it('loses nothing', async () => {
    const state = (await (await fetch(`${agent.url}/healthz`)).json()) as { lost: Record<string, number> };
    expect(state.lost).toEqual({ overrun: 0, malformed: 0, backlog: 0 });
  });
});
