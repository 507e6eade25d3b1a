import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { type Loss } from '#clickhouse';
import { formatTimestamp } from '#columns';
import { nowUs, startTestHub, type TestHub } from '../testing/hub.js';
import { type RuleTestJson } from './rule-test.service.js';

// Another process may have the machine.
vi.setConfig({ testTimeout: 60_000, hookTimeout: 60_000 });

let hub: TestHub;
beforeAll(async () => {
  hub = await startTestHub({
    alertsReady: ['agent-lost-events', 'ruleset-changed', 'agent-silent'],
  });
});
afterAll(() => hub.destroy());

const start = Math.floor(nowUs() / 60e6) * 60e6 - 3600e6;
const at = (second: number): number => start + second * 1e6;

type Answer = RuleTestJson & { readonly detail: string };

async function test(body: object): Promise<Answer> {
  const since = formatTimestamp(start);
  const response = await hub.nest.inject({
    method: 'POST',
    url: '/api/v1/alerts/test',
    payload: { since, ...body },
  });
  return response.json<Answer>();
}
/** `+12 firing web1 overrun 7`: the time, in s, the state, the group, the value. */
const brief = ({ alerts }: Answer): string[] =>
  alerts.map(
    (alert) =>
      `+${(Date.parse(alert.at) * 1000 - start) / 1e6} ${alert.state} ${Object.values(alert.group).join(' ')} ${alert.value}`,
  );

describe('a test of a rule over losses', () => {
  const loss = (values: Partial<Loss>): Loss => ({
    agent_id: 'web1',
    netns: '',
    run: 'aa',
    seq: 1,
    cause: 'overrun',
    events: 7,
    from_us: at(0),
    until_us: at(10),
    ...values,
  });

  beforeAll(async () => {
    await hub.store.storeLosses([
      // Two causes that one heartbeat told of.
      loss({}),
      loss({ seq: 2, cause: 'backlog', events: 3 }),
      // More of the first, which is the same alert still.
      loss({ seq: 3, events: 5, from_us: at(40), until_us: at(50) }),
      // Long after its end; a restart of the agent, which counts anew.
      loss({ run: 'bb', events: 4, from_us: at(990), until_us: at(1000) }),
      loss({ agent_id: 'db1', run: 'cc', events: 9, from_us: at(1990), until_us: at(2000) }),
    ]);
  });

  it('says of each agent and cause when it would have fired', async () => {
    const answer = await test({ rule: 'agent-lost-events' });
    expect(answer.searched).toMatchObject({ rows: 5, complete: true });
    expect(brief(answer).filter((line) => line.includes('firing'))).toEqual([
      '+10 firing web1 overrun 7',
      '+10 firing web1 backlog 3',
      '+1000 firing web1 overrun 4',
      '+2000 firing db1 overrun 9',
    ]);
    expect(answer.alerts.filter(({ state }) => state === 'resolved')).toHaveLength(4);
  });

  it('counts events, not times', async () => {
    const yaml = (above: number): string =>
      `name: much\nof: losses\nby: [agent_id]\nwhen: { count: true, above: ${above}, window: 1m }\n`;
    expect(brief(await test({ yaml: yaml(14) }))[0]).toBe('+50 firing web1 15');
    expect(brief(await test({ yaml: yaml(15) }))).toEqual([]);
  });

  it('looks at the time that is asked for alone', async () => {
    const answer = await test({ rule: 'agent-lost-events', since: formatTimestamp(at(1500)) });
    expect(brief(answer)[0]).toBe('+2000 firing db1 overrun 9');
    const until = await test({ rule: 'agent-lost-events', until: formatTimestamp(at(900)) });
    expect(until.searched).toMatchObject({ rows: 3, complete: true });
  });
});

describe('a test of a rule over rulesets', () => {
  let seq = 0;
  const change = async (second: number, table: string, version: string, run = 'aa'): Promise<void> => {
    const values = { agent_id: 'web1', netns: '', family: 'inet', table, version, run, generation: 1 };
    const kind = version === '' ? 'gone' : 'in_force';
    const text = version === '' ? {} : { text: { text: `table inet ${table} {\n}\n`, json: '{}', rules: 0 } };
    await hub.store.storeRuleset({
      change: { ...values, change: kind, seq: ++seq },
      at_us: at(second),
      ...text,
    });
  };

  beforeAll(async () => {
    await change(-500, 'filter', 'v1');
    await change(100, 'filter', 'v2');
    // The agent starts again and tells what it has: no change.
    await change(200, 'filter', 'v2', 'bb');
    await change(300, 'nat', 'n1', 'bb');
    await change(400, 'nat', '', 'bb');
  });

  it('tells what came, went and changed, and not what was told again', async () => {
    const answer = await test({ rule: 'ruleset-changed' });
    expect(answer.searched).toMatchObject({ rows: 4, complete: true });
    expect(brief(answer).filter((line) => line.includes('firing'))).toEqual([
      '+100 firing web1  inet filter null',
      '+300 firing web1  inet nat null',
      '+400 firing web1  inet nat null',
    ]);
  });

  it('takes its filter and groups', async () => {
    const yaml =
      'name: nat\nof: rulesets\nfilter: table == nat\nby: [table]\nwhen: { count: true, above: 1, window: 5m }\n';
    expect(brief(await test({ yaml }))[0]).toBe('+400 firing nat 2');
  });
});

describe('a test of a rule over heartbeats', () => {
  it('is refused with a reason and with what to do', async () => {
    const { detail } = await test({ rule: 'agent-silent' });
    expect(detail).toBe(
      'rule agent-silent is of heartbeats, of which only the newest is kept, and rows cannot stand for them, as an agent without packets is not silent; ' +
        'what it has told so far: visor-cli alerts list --rule agent-silent',
    );
  });
});
