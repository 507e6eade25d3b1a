import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  type CliData,
  eventually,
  type Lab,
  Nats,
  openLab,
  programCommand,
  type Result,
  startCliData,
  startHub,
  tryRun,
} from './support/index.js';

interface PartStatus {
  ok: boolean;
  fault: string | null;
  since: string | null;
}

interface Status {
  hub: string;
  ready: boolean;
  parts: Record<string, PartStatus>;
  agents: { agent_id: string; health: string; packets: number; lost: Record<string, number> }[];
}

let lab: Lab;
let data: CliData;

beforeAll(async () => {
  lab = await openLab();
  data = await startCliData(lab);
});
afterAll(() => lab.close());

const visor = (...args: string[]): Promise<Result> =>
  tryRun(programCommand('visor-cli', ...args), { env: data.env });

async function status(): Promise<{ code: number | null; told: Status }> {
  const { code, stdout, stderr } = await visor('status', '-o', 'json');
  expect(stderr).toBe('');
  return { code, told: JSON.parse(stdout) as Status };
}

describe('agents', () => {
  it('are a table, the causes of what they lost last', async () => {
    const { code, stdout, stderr } = await visor('agents');
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    const [head, ...lines] = stdout.trimEnd().split('\n');
    expect(head).toMatch(/^AGENT +HEALTH +SEEN +UP +PACKETS\/S +DROPS\/S +LAG +LOST +BY CAUSE$/);
    // The heartbeats go on while it is asked; what is left of them is how long ago.
    expect(
      lines.map((line) =>
        line
          .replace(/(ok|losing) +\d+s/, '$1 Ns')
          .replace(/ +/g, ' ')
          .trim(),
      ),
    ).toEqual([
      expect.stringMatching(/^db1 ok Ns 3d ?0?h? [\d.]+ [\d.]+ 0s 0$/),
      expect.stringMatching(/^gw1 losing Ns 3d ?0?h? [\d.]+ [\d.]+ 0s 37 overrun 37$/),
      expect.stringMatching(/^web1 ok Ns 3d ?0?h? [\d.]+ [\d.]+ 0s 0$/),
    ]);
  });

  it('wide tells versions and groups too', async () => {
    const { code, stdout } = await visor('agents', 'gw1', '-o', 'wide');
    expect(code).toBe(0);
    const [head = '', line = '', ...more] = stdout.trimEnd().split('\n');
    expect(head).toMatch(/VERSION +KERNEL +NAMESPACES +BATCHES +GROUPS +BY CAUSE$/);
    expect(line).toMatch(/^gw1 .* 0\.1\.0 +6\.18\.5 +own +0 +3 by file +overrun 37$/);
    expect(more).toEqual([]);
  });

  it('are as the hub sends them in json and jsonl', async () => {
    const all = await visor('agents', '-o', 'json');
    const rows = JSON.parse(all.stdout) as Status['agents'];
    expect(rows.map(({ agent_id, lost }) => [agent_id, lost])).toEqual([
      ['db1', {}],
      ['gw1', { overrun: 37 }],
      ['web1', {}],
    ]);
    const { stdout } = await visor('agents', 'web1', 'gw1', '-o', 'jsonl');
    const named = stdout.trimEnd().split('\n');
    expect(named.map((line) => (JSON.parse(line) as { agent_id: string }).agent_id)).toEqual(['web1', 'gw1']);
  });

  it('that the hub does not know are named, with the nearest', async () => {
    expect(await visor('agents', 'web2')).toEqual({
      code: 1,
      stdout: '',
      stderr:
        'visor-cli: the hub has heard of no agent "web2" (did you mean web1?); visor-cli agents lists them\n',
    });
  });
});

describe('status', () => {
  it('is one screen: the hub, its parts, and who is not well', async () => {
    expect(await visor('status')).toEqual({
      code: 0,
      stderr: '',
      stdout: `\
hub         ${data.hub.url} ready
NATS        ok
ClickHouse  ok
agents      2 ok, 1 losing
  gw1: losing, 37 events lost: overrun 37
`,
    });
    expect(await visor('status', '--quiet')).toEqual({ code: 0, stdout: '', stderr: '' });
  });

  it('is a document for programs', async () => {
    const { code, told } = await status();
    expect({ code, hub: told.hub, ready: told.ready }).toEqual({ code: 0, hub: data.hub.url, ready: true });
    const well = { ok: true, fault: null, since: null };
    expect(told.parts).toEqual({ nats: well, clickhouse: well });
    expect(told.agents.map(({ agent_id, health }) => [agent_id, health])).toEqual([
      ['db1', 'ok'],
      ['gw1', 'losing'],
      ['web1', 'ok'],
    ]);
  });

  it('tells where no agent has been heard of', async () => {
    const nats = await Nats.start(lab);
    const empty = await startHub(lab, { natsUrl: nats.url, data: lab.directory('clickhouse') });
    const ask = (...args: string[]): Promise<Result> =>
      tryRun(programCommand('visor-cli', ...args), { env: { VISOR_HOST: empty.url } });
    const { code, stdout } = await ask('status');
    expect(code).toBe(1);
    expect(stdout).toMatch(/^agents +none has told the hub of itself$/m);
    const sentence = 'visor-cli: no agent has told the hub of itself yet\n';
    expect(await ask('agents')).toEqual({ code: 0, stdout: '', stderr: sentence });
    expect(await ask('agents', '--fail-empty')).toEqual({ code: 1, stdout: '', stderr: sentence });
    expect((await ask('agents', '-o', 'json')).stdout).toBe('[]\n');
    await empty.program.stop();
  });

  it('tells since when NATS is away, and that it is back', async () => {
    const before_ms = Date.now();
    await data.nats.kill('SIGTERM');
    const away = await eventually(status, ({ code }) => code === 5);
    const { nats, clickhouse } = away.told.parts;
    expect(away.code).toBe(5);
    expect(away.told.ready).toBe(false);
    expect(nats).toMatchObject({ ok: false, fault: 'NATS is away; the hub waits for it' });
    const since_ms = Date.parse(nats?.since ?? '');
    expect(since_ms).toBeGreaterThanOrEqual(before_ms);
    expect(since_ms).toBeLessThanOrEqual(Date.now());
    expect(clickhouse).toEqual({ ok: true, fault: null, since: null });
    // The time is that of the first look, not of each.
    expect((await status()).told.parts['nats']?.since).toBe(nats?.since);
    const { code, stdout } = await visor('status');
    expect(code).toBe(5);
    expect(stdout).toMatch(/^hub +http:\S+ not ready$/m);
    expect(stdout).toMatch(
      /^NATS +not ready since (\S+ )?\d\d:\d\d:\d\d: NATS is away; the hub waits for it$/m,
    );
    expect(await visor('status', '-q')).toEqual({ code: 5, stdout: '', stderr: '' });
    await data.nats.restart();
    const back = await eventually(status, ({ code: exit }) => exit === 0);
    expect(back.told.parts['nats']).toEqual({ ok: true, fault: null, since: null });
  });

  it('is exit code 3 where no hub answers', async () => {
    await data.hub.program.stop();
    const stderr = `visor-cli: cannot reach ${data.hub.url}: connection refused; start trace-hub there, or name another hub with --host or VISOR_HOST\n`;
    for (const args of [['status'], ['status', '-q'], ['status', '-o', 'json'], ['agents']])
      expect(await visor(...args)).toEqual({ code: 3, stdout: '', stderr });
  });
});
