import { type RequestListener } from 'node:http';
import { afterEach, describe, expect, it } from 'vitest';
import { lossJson } from '../../testing/losses.js';
import { example, rowJson } from '../../testing/rows.js';
import { noon } from '../../testing/session.js';
import { closeLooks, json, lines, look, type Look, searched } from '../testing/panel-look.js';

afterEach(closeLooks);

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

const answers: Readonly<Record<string, RequestListener>> = {
  '/api/v1/packets/': json({ packet: hops[1], path: hops, searched }),
  '/api/v1/rulesets/v1': json(version),
  '/api/v1/losses': lines([lossJson()]),
};

const select = ({ parts }: Look): void =>
  parts.store.dispatch({ type: 'rows', rows: [JSON.stringify(hops[1])], nowMs: noon });

const propsOf = ({ parts }: Look, width = 76) =>
  ({ state: parts.store.state, width, height: 20, focused: true, cursor: 0 }) as const;

describe('the path', () => {
  it('is the story of the packet of the line, with what was lost meanwhile', async () => {
    const found = await look('path', answers);
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
    const found = await look('path', answers);
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
    const found = await look('path', { ...answers, '/api/v1/packets/': late });
    select(found);
    expect(await found.until(/DROPPED/)).toContain('DROPPED');
    expect(asked).toBe(2);
  });

  it('says why it cannot be told', async () => {
    const broken: RequestListener = (_, response) => {
      response.writeHead(500, { 'content-type': 'application/problem+json' });
      response.end(JSON.stringify({ status: 500, detail: 'ClickHouse is away' }));
    };
    const found = await look('path', { ...answers, '/api/v1/packets/': broken });
    select(found);
    expect(await found.until(/away/)).toMatch(/ClickHouse is away/);
  });
});

describe('the ruleset', () => {
  it('is the text of the table, with what was met, and the rule that decided', async () => {
    const found = await look('ruleset', answers);
    select(found);
    const shown = await found.until(/chain/);
    await expect(shown).toMatchFileSnapshot('../../golden/ui-ruleset.txt');
    const mark = found.panel.mark?.(propsOf(found)) ?? -1;
    expect(shown.split('\n')[mark]).toMatch(/^▶ .* ip saddr 10\.0\.0\.0\/8/);
    expect(shown).not.toContain('\x1b');
  });

  it('has the handle of a rule, and the name of a chain, under the cursor', async () => {
    const found = await look('ruleset', answers);
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
    const found = await look('ruleset', { ...answers, '/api/v1/rulesets/v1': gone });
    select(found);
    expect(await found.until(/no version/)).toContain('there is no version v1');
  });
});

describe('the details', () => {
  it('stay with the packet of a line that a person has selected, until another is', async () => {
    const found = await look('details', answers);
    select(found);
    const { key } = found.parts.store.state.list.entries[0] ?? { key: '' };
    found.parts.store.dispatch({ type: 'select', key });
    expect(found.shown()).toContain('9007199254740993');
    const rows = [
      rowJson({ ...hops[1], packet_id: '77' }),
      rowJson({ ...hops[1], packet_id: '78', dport: 1 }),
    ];
    found.parts.store.dispatch({ type: 'rows', rows, nowMs: noon });
    expect(found.shown()).toContain('9007199254740993');
    const other = found.parts.store.state.list.entries.find((entry) => entry.key !== key);
    found.parts.store.dispatch({ type: 'select', key: other?.key });
    expect(found.shown()).toMatch(/packet_id +78/);
  });

  it('are all columns, each a value for the filter', async () => {
    const found = await look('details', answers);
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
