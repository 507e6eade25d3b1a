import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { alertsStream, type AlertMessage, checkAlertMessage } from '#bus';
import { ip4 } from '../testing/traffic.js';
import { nowUs, publishRows, startReplica, startTestHub, type TestHub } from '../testing/hub.js';
import { AlertsService } from './alerts.service.js';
import { type RulesJson } from './alert-rules.controller.js';
import { type RuleTestJson } from './rule-test.service.js';

// Another process may have the machine.
vi.setConfig({ testTimeout: 90_000, hookTimeout: 60_000 });

const rules = `
alerts:
  - name: scan
    severity: critical
    filter: fate == dropped and dport < 10000
    by: [agent_id, ip_src]
    when: { distinct: dport, above: 20, window: 10s }
    resolve-after: 1s
    labels: { team: net }
    message: "{ip_src} tried {value} ports of {agent_id}"
  - name: slow-scan
    severity: warning
    filter: fate == dropped and dport >= 10000
    by: [agent_id, ip_src]
    # To start a server takes long on a busy machine.
    when: { distinct: dport, above: 20, window: 10m }
  - name: every-telnet
    severity: info
    filter: dport == 23
    when: { every: true }
    by: [agent_id]
    resolve-after: 1s
`;

let directory: string;
let hub: TestHub;
let batch = 0n;
let packet = 1000n;

beforeAll(async () => {
  directory = mkdtempSync(join(tmpdir(), 'visor-alerts-'));
  writeFileSync(join(directory, 'a.yaml'), rules);
  hub = await startTestHub({ alertsDirectory: directory, reloadIntervalMs: 50 });
});
afterAll(async () => {
  await hub.destroy();
  rmSync(directory, { recursive: true, force: true });
});

const until = <T>(check: () => T | Promise<T>): Promise<T> =>
  vi.waitFor(check, { timeout: 60_000, interval: 50 });

async function shown(of: Pick<TestHub, 'nest'> = hub): Promise<RulesJson> {
  const { body, statusCode } = await of.nest.inject('/api/v1/alerts/rules');
  expect(statusCode).toBe(200);
  return JSON.parse(body) as RulesJson;
}

/** All alerts of the stream. */
async function alerts(agent?: string): Promise<AlertMessage[]> {
  const { state } = await hub.bus.manager.streams.info(alertsStream);
  const found: AlertMessage[] = [];
  for (let seq = 1; seq <= state.last_seq; seq++) {
    const message = await hub.bus.manager.streams.getMessage(alertsStream, { seq });
    if (!message) continue;
    const alert = checkAlertMessage(message.json());
    if ('malformed' in alert) throw new Error(alert.malformed);
    found.push(alert);
  }
  return agent === undefined ? found : found.filter(({ group }) => group['agent_id'] === agent);
}

/** Publishes packets to some ports as an agent would, all of them dropped. */
function knock(agent: string, ports: readonly number[], from = 9): Promise<number> {
  const ts = nowUs();
  const rows = ports.map((dport, at) => ({
    ts: ts + at,
    packet_id: ++packet,
    decisive: true,
    fate: 'dropped',
    proto: 'tcp',
    ip_src: ip4(from),
    dport,
  }));
  return publishRows(hub, agent, ++batch, rows);
}

const ports = (count: number, first = 1000): number[] => Array.from({ length: count }, (_, i) => first + i);

describe('alert rules of a hub', () => {
  beforeEach(() => until(async () => expect((await shown()).evaluates).toBe(true)));

  it('raise one alert for a scan, and one resolve', async () => {
    await knock('web1', ports(15));
    await knock('web1', ports(30));
    await knock('web1', ports(30, 2000));
    const found = await until(async () => {
      const all = await alerts('web1');
      expect(all).toHaveLength(2);
      return all;
    });
    expect(found.map(({ rule, state }) => [rule, state])).toEqual([
      ['scan', 'firing'],
      ['scan', 'resolved'],
    ]);
    const [firing, resolved] = found;
    expect(firing).toMatchObject({
      severity: 'critical',
      group: { agent_id: 'web1', ip_src: '10.0.0.9' },
      labels: { team: 'net' },
      silenced: false,
      resolved_at: null,
    });
    expect(firing?.message).toMatch(/^10\.0\.0\.9 tried \d+ ports of web1$/);
    expect(resolved?.id).toBe(firing?.id);
  });

  it('are shown with what they did, and those with a fault beside them', async () => {
    writeFileSync(join(directory, 'b.yaml'), 'alerts:\n  - name: bad\n    severity: loud\n');
    const answer = await until(async () => {
      const now = await shown();
      expect(now.faults.length).toBeGreaterThan(0);
      return now;
    });
    rmSync(join(directory, 'b.yaml'));
    expect(answer.faults[0]).toMatchObject({ file: join(directory, 'b.yaml'), rule: 'bad' });
    expect(answer.count).toBe(3);
    const scan = answer.rules.find(({ name }) => name === 'scan');
    expect(scan).toMatchObject({
      when: { kind: 'distinct', column: 'dport', above: 20, window_ms: 10_000 },
      resolve_after_ms: 1000,
      file: join(directory, 'a.yaml'),
      ready: null,
    });
    expect(scan?.state?.matched_rows).toBeGreaterThanOrEqual(75);
  });

  it('resolve what fires when they are taken out', async () => {
    const file = join(directory, 'c.yaml');
    writeFileSync(
      file,
      'alerts:\n  - { name: brief, filter: dport == 777, by: [agent_id], when: { every: true }, resolve-after: 1h }\n',
    );
    await until(async () => expect((await shown()).count).toBe(4));
    await knock('web4', [777]);
    await until(async () => expect(await alerts('web4')).toHaveLength(1));
    rmSync(file);
    const [firing, resolved] = await until(async () => {
      const all = await alerts('web4');
      expect(all).toHaveLength(2);
      return all;
    });
    expect([firing?.state, resolved?.state]).toEqual(['firing', 'resolved']);
    expect(resolved?.id).toBe(firing?.id);
  });

  it('go on where they were when NATS was away', async () => {
    await knock('web3', ports(15, 10_000));
    // Evaluated, and kept.
    const kept = hub.counters.counter('alert_checkpoints').value;
    await until(() => expect(hub.counters.counter('alert_checkpoints').value).toBeGreaterThan(kept + 1));
    await hub.nats.stop('SIGKILL');
    await until(async () => expect((await shown()).evaluates).toBe(false));
    await hub.nats.start();
    await hub.bus.whenConnected();
    await knock('web3', ports(15, 14_000));
    await until(async () => expect(await alerts('web3')).toHaveLength(1));
    expect((await alerts('web3'))[0]).toMatchObject({ rule: 'slow-scan', state: 'firing', value: 21 });
    await until(async () => expect((await shown()).evaluates).toBe(true));
  });

  it('are evaluated by one of two hubs; when that one leaves the other goes on from where it was', async () => {
    const settings = { alertsDirectory: directory, reloadIntervalMs: 50 };
    const second = await startReplica(hub, settings);
    const third = await startReplica(hub, settings);
    try {
      await until(async () => expect((await shown(second)).evaluator).not.toBeNull());
      expect((await shown(second)).evaluates).toBe(false);
      expect((await shown(second)).rules[0]?.state).toBeNull();
      await knock('web2', ports(15, 10_000));
      // The state of what is not an alert yet goes over, too.
      await hub.nest.get(AlertsService).onModuleDestroy();
      await knock('web2', ports(15, 13_000));
      const other = await until(async () => {
        const answers = await Promise.all([shown(second), shown(third)]);
        expect(answers.filter(({ evaluates }) => evaluates)).toHaveLength(1);
        return answers[0]?.evaluates ? second : third;
      });
      await until(async () => expect(await alerts('web2')).toHaveLength(1));
      expect((await alerts('web2'))[0]).toMatchObject({ rule: 'slow-scan', state: 'firing', value: 21 });
      expect(other.counters.counter('alert_transitions', 'firing').value).toBe(1);
    } finally {
      await second.destroy();
      await third.destroy();
    }
  });
});

describe('tests of rules over what is stored', () => {
  const ask = async (body: object): Promise<{ status: number; json: RuleTestJson & { detail: string } }> => {
    const { statusCode, body: text } = await hub.nest.inject({
      method: 'POST',
      url: '/api/v1/alerts/test',
      payload: body,
    });
    return { status: statusCode, json: JSON.parse(text) as RuleTestJson & { detail: string } };
  };

  it('say what the hub has said', async () => {
    await until(async () => {
      const { body } = await hub.nest.inject('/api/v1/packets?agent_id=web2&limit=1000');
      expect((JSON.parse(body) as { count: number }).count).toBe(30);
    });
    const { status, json } = await ask({ rule: 'scan', since: '10m' });
    expect(status).toBe(200);
    expect(json.searched).toMatchObject({ rows: 76, complete: true });
    const said = (await alerts()).filter(({ rule }) => rule === 'scan');
    const brief = ({ id, state, group }: AlertMessage) => ({ id, state, group });
    expect(json.alerts.map(brief)).toEqual(said.map(brief));
  });

  it('take the text of a rule, alone, as an item or as a file', async () => {
    const text = 'name: mine\nseverity: info\nfilter: dport == 1003\nwhen: { every: true }\n';
    const item = `- ${text.trimEnd().replaceAll('\n', '\n  ')}\n`;
    for (const yaml of [text, item, `alerts:\n${item}`]) {
      const { status, json } = await ask({ yaml, since: '10m' });
      expect({ yaml, status }).toEqual({ yaml, status: 200 });
      expect(json.alerts[0]).toMatchObject({ rule: 'mine', state: 'firing' });
      expect(json.alerts[0]?.packet_id).toMatch(/^\d+$/);
      expect(json.searched.rows).toBe(2);
    }
  });

  it('refuse what is no rule with its line, and what is no time or no name', async () => {
    const yaml = 'name: mine\nseverity: info\nfilter: dprot == 1003\nwhen: { every: true }\n';
    const { status, json } = await ask({ yaml });
    expect([status, json]).toMatchObject([400, { field: 'yaml', line: 3 }]);
    expect(json.detail).toMatch(/^yaml, line 3: .*dport/);
    for (const [body, detail] of [
      [{}, /neither/],
      [{ rule: 'scan', yaml }, /both/],
      [{ rule: 1 }, /rule is no text/],
      [{ rule: 'scan', since: 'soon' }, /since/],
      [{ rule: 'scan', since: '1m', until: '2m' }, /not before until/],
      [{ rule: 'scan', form: 'x' }, /form is not known/],
    ] as const) {
      const answer = await ask(body);
      expect(answer.status).toBe(400);
      expect(answer.json.detail).toMatch(detail);
    }
    const missing = await ask({ rule: 'scann' });
    expect(missing.status).toBe(404);
    expect(missing.json.detail).toContain('scan, slow-scan, every-telnet');
  });
});
