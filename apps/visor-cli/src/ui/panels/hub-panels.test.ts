import { type RequestListener } from 'node:http';
import { afterEach, describe, expect, it } from 'vitest';
import { lossJson } from '../../testing/losses.js';
import { rowJson } from '../../testing/rows.js';
import { noon } from '../../testing/session.js';
import { closeLooks, json, lines, look, searched } from '../testing/panel-look.js';

afterEach(closeLooks);

const groups = (rows: readonly object[]): RequestListener =>
  json({
    ...{ rows, count: rows.length, more: false, source: 'flows_1m', searched },
    total: { packets: 2000, bytes: 3_000_000, drops: 50 },
  });

const tops: RequestListener = (request, response) => {
  const by = new URL(request.url ?? '', 'http://a').searchParams.get('by');
  const place = { family: 'inet', table: 'filter', chain: 'input', agent_id: 'web1' };
  const rows: Readonly<Record<string, readonly object[]>> = {
    ip_src: [{ ip_src: '10.0.0.1', packets: 1500, bytes: 2_000_000, drops: 1 }],
    'proto,dport': [
      { proto: 'tcp', dport: 443, packets: 1000, bytes: 2_000_000, drops: 0 },
      { proto: 'icmp', dport: 0, packets: 3, bytes: 200, drops: 0 },
    ],
  };
  const rules = [
    { ...place, handle: '7', rule: 'tcp dport 23 drop', packets: 50, drops: 49 },
    { ...place, handle: '0', rule: '', packets: 1, drops: 1 },
  ];
  groups(rows[by ?? ''] ?? rules)(request, response);
};

describe('the top lists', () => {
  it('are of the filter and the time of the list', async () => {
    const filter = { columns: { dport: ['443'] }, query: '' };
    const range = { kind: 'fixed', since: '2026-11-21', until: undefined } as const;
    const found = await look('top', { '/api/v1/aggregate': tops }, { filter, range });
    expect(found.shown()).toBe('asking the hub …\n');
    await expect(await found.until(/senders/)).toMatchFileSnapshot('../../golden/ui-top.txt');
    expect(found.hub.requests.length).toBe(4);
    for (const { url } of found.hub.requests) expect(url).toMatch(/&dport=443&since=2026-11-2/);
  });

  it('fit a narrow window', async () => {
    const found = await look('top', { '/api/v1/aggregate': tops });
    await expect(await found.until(/senders/, 34)).toMatchFileSnapshot('../../golden/ui-top-narrow.txt');
  });

  it('give a value, and the whole group, to the filter', async () => {
    const found = await look('top', { '/api/v1/aggregate': tops });
    const shown = (await found.until(/senders/)).split('\n');
    const rule = shown.findIndex((line) => line.includes('tcp dport 23 drop'));
    expect(found.panel.valueAt?.(0)).toBeUndefined();
    expect(found.panel.valueAt?.(rule)).toEqual({ column: 'handle', value: '7' });
    const columns = {
      'agent-id': ['web1'],
      ...{ family: ['inet'], table: ['filter'], chain: ['input'], handle: ['7'] },
    };
    expect(found.panel.enter?.(rule)[0]).toEqual({ type: 'filter', filter: { columns, query: '' } });
  });

  it('stay, and say what is wrong, where the hub is away', async () => {
    const found = await look('top', {});
    expect(await found.until(/nothing is at/)).toContain('nothing is at /api/v1/aggregate');
  });
});

describe('the rates', () => {
  it('are of the packets that came', async () => {
    const found = await look('rates');
    for (let s = 0; s < 30; s++) {
      const ts = new Date(noon - (30 - s) * 1000).toISOString();
      const rows = Array.from({ length: s + 1 }, (_, at) =>
        rowJson({ ts, fate: at % 5 === 0 ? 'dropped' : 'accepted', len: 1000 }),
      );
      found.parts.store.dispatch({ type: 'rows', rows, nowMs: noon });
    }
    await expect(found.shown(40)).toMatchFileSnapshot('../../golden/ui-rates.txt');
  });

  it('are those of the hub for a time of the past', async () => {
    const points = { 'packets/s': [1, 0, 4], 'drops/s': [0, 0, 0], 'bytes/s': [100, 0, 400] };
    const series = json({
      by: 'fate',
      bucket: '1m',
      times: ['2026-11-21T14:00:00Z', '2026-11-21T14:01:00Z', '2026-11-21T14:02:00Z'],
      series: [
        { value: 'accepted', points, total: {} },
        { value: 'dropped', points: { ...points, 'drops/s': [1, 0, 4] }, total: {} },
      ],
      ...{ count: 2, source: 'flows_1m', searched },
    });
    const range = { kind: 'fixed', since: '2026-11-21 14:00', until: '2026-11-21 14:03' } as const;
    const found = await look('rates', { '/api/v1/series': series }, { range });
    expect(found.shown(40)).toBe('asking the hub …\n');
    await expect(await found.until(/packets/, 40)).toMatchFileSnapshot('../../golden/ui-rates-past.txt');
  });
});

const agent = {
  ...{ agent_id: 'web1', age_s: 2, ts: '2026-11-21T15:00:00.000000Z', uptime_s: 3700, netns: [''] },
  ...{ lost: { overrun: 1234 }, losses: [JSON.parse(lossJson()) as object], spool: null, sgroups: null },
  ...{ version: '1', kernel: '6.1' },
};

describe('the agents', () => {
  const all = {
    '/api/v1/agents': lines([
      JSON.stringify(agent),
      JSON.stringify({ ...agent, agent_id: 'web2', age_s: 90, lost: {}, losses: [] }),
    ]),
    '/api/v1/aggregate': groups([{ agent_id: 'web1', 'packets/s': 12.34, 'drops/s': 1 }]),
  };

  it('are told with their rates and losses', async () => {
    const found = await look('agents', all);
    await expect(await found.until(/web1/, 90)).toMatchFileSnapshot('../../golden/ui-agents.txt');
  });

  it('fit a narrow window', async () => {
    const found = await look('agents', all);
    const shown = await found.until(/web1/, 34);
    await expect(shown).toMatchFileSnapshot('../../golden/ui-agents-narrow.txt');
    const at = shown.split('\n').findIndex((line) => line.startsWith('web2'));
    expect(found.panel.enter?.(at)[0]).toEqual({
      type: 'filter',
      filter: { columns: { 'agent-id': ['web2'] }, query: '' },
    });
  });
});
