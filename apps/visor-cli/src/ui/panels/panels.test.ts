import { type RequestListener } from 'node:http';
import { afterEach, describe, expect, it } from 'vitest';
import { FakeHub } from '../../testing/fake-hub.js';
import { lossJson } from '../../testing/losses.js';
import { example, rowJson } from '../../testing/rows.js';
import { noon } from '../../testing/session.js';
import { type Panel } from '../contracts.js';
import { type Beginning } from '../model/store.js';
import { testParts, type TestParts } from '../testing/ui-parts.js';
import { createPanels } from './index.js';

const hubs: FakeHub[] = [];
const opened: TestParts[] = [];
afterEach(async () => {
  opened.splice(0).forEach((parts) => parts.end());
  await Promise.all(hubs.splice(0).map((hub) => hub.stop()));
});

const text = [
  'table inet filter { # handle 1',
  '\tchain forward { # handle 2',
  '\t\ttype filter hook forward priority filter; policy accept;',
  '\t\ttcp dport 8443 jump "a b" # handle 5',
  '\t\t\x1b[31mcounter # handle 6',
  '\t}',
  '',
  '\tchain "a b" { # handle 3',
  '\t\tip saddr 10.0.0.1 accept # handle 8',
  '\t\tip saddr 10.0.0.0/8 tcp dport 8443 log prefix "a long one " drop comment "no admin from there" # handle 9',
  '\t}',
  '}',
  '',
].join('\n');
const version = {
  ...{ version: 'v1', family: 'inet', table: 'filter', text, chains: [], sets: [] },
  rules: [
    { chain: 'forward', handle: 5, line: 4 },
    { chain: 'forward', handle: 6, line: 5 },
    { chain: 'a b', handle: 8, line: 9 },
    { chain: 'a b', handle: 9, line: 10 },
  ],
};
const rule = 'ip saddr 10.0.0.0/8 tcp dport 8443 log prefix "a long one " drop comment "no admin from there"';
const hops = [
  { handle: '5', rule: 'tcp dport 8443 jump "a b"', verdict: 'jump', jt: 'a b', decisive: false },
  { handle: '9', rule, comment: 'no admin from there', verdict: 'drop', chain: 'a b', hop: 1 },
].map((values) => ({ ...example, table_version: 'v1', ...values }));

const json =
  (document: unknown): RequestListener =>
  (_, response) => {
    response.setHeader('content-type', 'application/json').end(JSON.stringify(document));
  };
const lines =
  (rows: readonly string[]): RequestListener =>
  (_, response) => {
    response.setHeader('content-type', 'application/x-ndjson').end(rows.map((row) => `${row}\n`).join(''));
  };

const searched = { since: null, until: null, rows_read: 1, elapsed_ms: 1 };
const answers: Readonly<Record<string, RequestListener>> = {
  '/api/v1/packets/': json({ packet: hops[1], path: hops, searched }),
  '/api/v1/rulesets/v1': json(version),
  '/api/v1/losses': lines([lossJson()]),
};

interface Look {
  readonly panel: Panel;
  readonly parts: TestParts;
  readonly hub: FakeHub;
  /** Shows the panel until it is as it should be. */
  readonly until: (wanted: RegExp, width?: number, height?: number) => Promise<string>;
  readonly shown: (width?: number, height?: number) => string;
}

async function look(
  name: string,
  more: Readonly<Record<string, RequestListener>> = {},
  values: Partial<Beginning> = {},
): Promise<Look> {
  const all = { ...more, ...answers };
  const hub = await FakeHub.start((request, response) => {
    const url = request.url ?? '';
    const found = Object.entries({ ...all, ...more }).find(([start]) => url.startsWith(start));
    if (found) return found[1](request, response);
    response.writeHead(404, { 'content-type': 'application/problem+json' });
    response.end(JSON.stringify({ status: 404, detail: `nothing is at ${url}`, field: 'id' }));
  });
  hubs.push(hub);
  const parts = testParts(hub.url, values);
  opened.push(parts);
  const panel = createPanels(parts).find((one) => one.name === name) as Panel;
  const shown = (width = 76, height = 20): string => {
    const state = parts.store.state;
    panel.update(state);
    const props = { state, width, height, focused: false, cursor: 0 };
    const found = panel.lines(props);
    return Array.from({ length: found.length }, (_, at) => `${(found.at(at) ?? '').trimEnd()}\n`).join('');
  };
  const until = async (wanted: RegExp, width?: number, height?: number): Promise<string> => {
    for (;;) {
      const change = parts.change();
      const now = shown(width, height);
      if (wanted.test(now)) return now;
      await change;
    }
  };
  return { panel, parts, hub, until, shown };
}

const select = ({ parts }: Look): void =>
  parts.store.dispatch({ type: 'rows', rows: [JSON.stringify(hops[1])], nowMs: noon });

const propsOf = ({ parts }: Look, width = 76) =>
  ({ state: parts.store.state, width, height: 20, focused: true, cursor: 0 }) as const;

describe('the path', () => {
  it('is the story of the packet of the line, with what was lost meanwhile', async () => {
    const found = await look('path');
    expect(found.shown()).toBe('no packet is selected\n');
    select(found);
    expect(found.shown()).toBe('asking the hub for packet 9007199254740993 …\n');
    await expect(await found.until(/DROPPED/)).toMatchFileSnapshot('../../golden/ui-path.txt');
    expect(found.panel.mark?.(propsOf(found))).toBe(11);
    expect(found.hub.requests.map(({ url }) => url?.split('&')[0])).toEqual([
      '/api/v1/packets/9007199254740993?since=2026-11-21T14%3A02%3A11.204518Z',
      '/api/v1/losses?agent-id=web1',
    ]);
  });

  it('fits a narrow window', async () => {
    const found = await look('path');
    select(found);
    const shown = await found.until(/DROPPED/, 34);
    await expect(shown).toMatchFileSnapshot('../../golden/ui-path-narrow.txt');
    for (const line of shown.split('\n')) expect(line.length).toBeLessThanOrEqual(34);
  });

  it('waits for a packet that is not stored yet', async () => {
    let asked = 0;
    const late: RequestListener = (request, response) => {
      if (++asked > 1) return json({ packet: hops[1], path: hops, searched })(request, response);
      response.writeHead(404, { 'content-type': 'application/problem+json' });
      response.end(JSON.stringify({ status: 404, detail: 'no packet', field: 'id' }));
    };
    const found = await look('path', { '/api/v1/packets/': late });
    select(found);
    expect(await found.until(/DROPPED/)).toContain('DROPPED');
    expect(asked).toBe(2);
  });

  it('says why it cannot be told', async () => {
    const broken: RequestListener = (_, response) => {
      response.writeHead(500, { 'content-type': 'application/problem+json' });
      response.end(JSON.stringify({ status: 500, detail: 'ClickHouse is away' }));
    };
    const found = await look('path', { '/api/v1/packets/': broken });
    select(found);
    expect(await found.until(/away/)).toMatch(/ClickHouse is away/);
  });

  it('stays with the packet of a line that a person has selected', async () => {
    const found = await look('path');
    select(found);
    await found.until(/DROPPED/);
    const { key } = found.parts.store.state.list.entries[0] ?? { key: '' };
    found.parts.store.dispatch({ type: 'select', key });
    const other = rowJson({ ...hops[1], packet_id: '77' });
    found.parts.store.dispatch({ type: 'rows', rows: [other], nowMs: noon });
    found.shown();
    expect(found.hub.requests.some(({ url }) => url?.includes('/packets/77'))).toBe(false);
  });
});

describe('the ruleset', () => {
  it('is the text of the table, with what was met, and the rule that decided', async () => {
    const found = await look('ruleset');
    select(found);
    const shown = await found.until(/chain/);
    await expect(shown).toMatchFileSnapshot('../../golden/ui-ruleset.txt');
    const mark = found.panel.mark?.(propsOf(found)) ?? -1;
    expect(shown.split('\n')[mark]).toMatch(/^▶ .* ip saddr 10\.0\.0\.0\/8/);
    expect(shown).not.toContain('\x1b');
  });

  it('has the handle of a rule, and the name of a chain, under the cursor', async () => {
    const found = await look('ruleset');
    select(found);
    const shown = (await found.until(/chain/, 50)).split('\n');
    found.panel.lines(propsOf(found, 50));
    const valueOf = (part: string) => found.panel.valueAt?.(shown.findIndex((line) => line.includes(part)));
    expect(valueOf('accept # handle 8')).toEqual({ column: 'handle', value: '8' });
    expect(valueOf('"no admin')).toEqual({ column: 'handle', value: '9' });
    expect(valueOf('chain "a b"')).toEqual({ column: 'chain', value: 'a b' });
    expect(valueOf('table inet')).toBeUndefined();
  });

  it('says that a text is not there', async () => {
    const gone: RequestListener = (_, response) => {
      response.writeHead(404, { 'content-type': 'application/problem+json' });
      response.end(JSON.stringify({ status: 404, detail: 'there is no version v1', field: 'version' }));
    };
    const found = await look('ruleset', { '/api/v1/rulesets/v1': gone });
    select(found);
    expect(await found.until(/no version/)).toContain('there is no version v1');
  });
});

describe('the details', () => {
  it('are all columns, each a value for the filter', async () => {
    const found = await look('details');
    const row = rowJson({ sg_src: 'clients,all', rule: 'a\x1b[2J', comment: '!a, b' });
    found.parts.store.dispatch({ type: 'rows', rows: [row], nowMs: noon });
    const shown = found.shown(60);
    await expect(shown).toMatchFileSnapshot('../../golden/ui-details.txt');
    const values = shown
      .split('\n')
      .flatMap((_, at) => found.panel.valueAt?.(at) ?? [])
      .filter(({ column }) => ['sg_src', 'comment', 'dport', 'rule', 'tcp_flags'].includes(column));
    expect(values).toEqual([
      { column: 'rule', value: 'a\x1b[2J' },
      { column: 'comment', value: '\\!a\\, b' },
      { column: 'dport', value: '8443' },
      { column: 'tcp_flags', value: 'SYN' },
      { column: 'sg_src', value: 'clients' },
      { column: 'sg_src', value: 'all' },
    ]);
  });
});

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
