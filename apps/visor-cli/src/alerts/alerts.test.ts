import { type RequestListener } from 'node:http';
import { describe, expect, it, vi } from 'vitest';
import { cliRuns } from '../testing/cli-runs.js';

// Each test starts programs, which takes long where others do so too.
vi.setConfig({ testTimeout: 30_000 });

const runs = cliRuns();

const firing = {
  id: '0123456789abcdef',
  rule: 'port-scan',
  severity: 'critical',
  state: 'firing',
  group: { ip_src: '10.0.0.1', chain: '' },
  labels: { team: 'net' },
  value: 21,
  threshold: 20,
  message: 'scan by \x1b[2J10.0.0.1',
  description: 'Many ports',
  started_at: '2026-11-21T14:03:11.204518Z',
  at: '2026-11-21T14:03:12.204518Z',
  resolved_at: null,
  window_ms: 10_000,
  filter: 'proto == tcp',
  packet_id: '7000000000000000001',
  hub: 'hub1',
  silenced: false,
};
const resolved = {
  ...firing,
  state: 'resolved',
  value: 0,
  at: '2026-11-21T14:04:16.204518Z',
  resolved_at: '2026-11-21T14:04:16.204518Z',
};
const silenced = { ...firing, id: 'fedcba9876543210', severity: 'info', silenced: true };

const rule = {
  name: 'port-scan',
  severity: 'warning',
  description: '',
  of: 'packets',
  filter: 'proto == tcp and fate == dropped',
  by: ['agent_id', 'ip_src'],
  when: { kind: 'distinct', column: 'dport', above: 20, window_ms: 10_000 },
  for_ms: 0,
  cool_down_ms: 300_000,
  resolve_after_ms: 30_000,
  labels: {},
  message: 'x',
  file: 'alerts.ready',
  line: 1,
  ready: 'port-scan',
  state: { firing: 2, groups: 3, matched_rows: 4, dropped_rows: 0, late_rows: 0, suppressed: 0 },
};
const rules = {
  rules: [
    rule,
    {
      ...rule,
      name: 'quiet',
      when: { kind: 'every' },
      by: [],
      file: 'alerts.d/a.yaml',
      line: 7,
      ready: null,
      state: null,
    },
  ],
  count: 2,
  faults: [{ file: 'alerts.d/a.yaml', line: 12, column: 3, rule: 'odd', reason: 'window is missing' }],
  evaluator: 'hub1',
  evaluates: true,
};
const searched = {
  since: '2026-11-21T13:00:00.000000Z',
  until: '2026-11-21T15:00:00.000000Z',
  rows: 120,
  complete: true,
};
const silence = {
  id: 'ab12',
  match: ['rule=port-scan', 'ip-src=10.0.0.9'],
  until: '2099-01-01T00:00:00.000Z',
  created_at: '2026-11-21T14:00:00.000Z',
  by: 'ops',
  comment: 'our own\tscanner',
};

const bodies: string[] = [];
const answer: RequestListener = (request, response) => {
  const url = request.url ?? '';
  const json = (value: unknown, status = 200): void =>
    void response
      .writeHead(status, { 'content-type': 'application/json; charset=utf-8' })
      .end(JSON.stringify(value));
  request.setEncoding('utf8').on('data', (body: string) => bodies.push(body));
  if (request.method === 'DELETE') return response.writeHead(204).end();
  if (url.endsWith('/alerts/rules')) return json(rules);
  if (url.endsWith('/alerts/silences'))
    return request.method === 'POST' ? json(silence, 201) : json({ rows: [silence], count: 1 });
  if (url.endsWith('/alerts/test')) return json({ rule, searched, alerts: [firing, resolved, silenced] });
  if (url.includes('/alerts/0123')) return json({ ...resolved, history: [firing, resolved] });
  if (url.includes('first=1000') && !url.includes('cursor'))
    return json({ rows: [resolved], count: 1, next: 'n1' });
  if (url.includes('cursor=n1')) return json({ rows: [silenced], count: 1 });
  const lines = url.includes('state=resolved') ? [] : [resolved, silenced];
  response.writeHead(200, { 'content-type': 'application/x-ndjson; charset=utf-8' });
  response.end(lines.map((one) => `${JSON.stringify(one)}\n`).join(''));
};

async function run(...args: string[]) {
  bodies.length = 0;
  const hub = await runs.serve(answer);
  const ended = await runs.run(args, { VISOR_HOST: hub.url, OCLIF_COLUMNS: '100' });
  const [request] = hub.requests;
  return { ...ended, asked: `${request?.method} ${request?.url}` };
}

/** The cells of a table's lines. */
const cells = (stdout: string): string[][] =>
  stdout
    .replaceAll('2026-11-21 ', '')
    .trimEnd()
    .split('\n')
    .map((line) => line.trim().split(/ {2,}/));

describe('alerts', () => {
  it.each([
    ['alerts', ['alerts', '--help']],
    ['alerts-list', ['alerts', 'list', '--help']],
    ['alerts-show', ['alerts', 'show', '--help']],
    ['alerts-rules', ['alerts', 'rules', '--help']],
    ['alerts-test', ['alerts', 'test', '--help']],
    ['alerts-silence', ['alerts', 'silence', '--help']],
  ])('has help as kept in help-%s.txt', async (name, args) => {
    const { stdout, exit } = await run(...args);
    expect(exit).toBe(0);
    await expect(stdout).toMatchFileSnapshot(`../golden/help-${name}.txt`);
  });

  it('list prints a table, and asks for what is wanted', async () => {
    const { stdout, stderr, exit, asked } = await run(
      ...[
        'alerts',
        'list',
        '--state',
        'firing',
        '--rule',
        'port-*',
        '--match',
        'ip-src=10.*',
        '--no-silenced',
      ],
    );
    expect({ stderr, exit, asked }).toEqual({
      stderr: '',
      exit: 0,
      asked:
        'GET /api/v1/alerts?state=firing&match=rule%3Dport-*&match=ip-src%3D10.*&silenced=false&format=jsonl',
    });
    const [head, first, second] = cells(stdout);
    expect(head).toEqual(['STARTED', 'STATE', 'LASTED', 'SEVERITY', 'RULE', 'MESSAGE', 'ID']);
    const message = 'scan by \\x1b[2J10.0.0.1';
    expect(first).toEqual([
      '14:03:11.204518',
      'resolved',
      '1m5s',
      'critical',
      'port-scan',
      message,
      firing.id,
    ]);
    expect(second?.[1]).toBe('firing (silenced)');
  });

  it('list has other forms, and says where nothing matches', async () => {
    const lines = (await run('alerts', 'list', '-o', 'jsonl')).stdout.trimEnd().split('\n');
    expect(lines.map((line) => JSON.parse(line) as object)).toEqual([resolved, silenced]);
    expect(JSON.parse((await run('alerts', 'list', '-o', 'json')).stdout)).toHaveLength(2);
    const all = await run('alerts', 'list', '--all', '-o', 'jsonl', '--severity', 'info');
    expect(all.stdout).toBe(`${JSON.stringify(resolved)}\n${JSON.stringify(silenced)}\n`);
    expect(all.asked).toBe('GET /api/v1/alerts?severity=info&first=1000');
    const both = await run('alerts', 'list', '--all', '--last', '5');
    expect(both).toMatchObject({ stdout: '', exit: 2 });
    expect(both.stderr).toContain('--last and --all exclude each other');
    const nothing = await run('alerts', 'list', '--state', 'resolved', '--fail-empty');
    expect(nothing).toMatchObject({ stdout: '', stderr: 'visor-cli: no alert matches\n', exit: 1 });
  });

  it('show tells one, with its states', async () => {
    const { stdout, asked } = await run('alerts', 'show', firing.id, '--utc');
    expect(asked).toBe(`GET /api/v1/alerts/${firing.id}`);
    expect(stdout.replaceAll('2026-11-21 ', '')).toBe(`rule:        port-scan
severity:    critical
state:       resolved, lasted 1m5s
message:     scan by \\x1b[2J10.0.0.1
description: Many ports
group:       ip_src=10.0.0.1 chain=''
labels:      team=net
value:       21 (threshold 20)
filter:      proto == tcp
packet:      7000000000000000001 (visor-cli packet 7000000000000000001)
hub:         hub1
id:          0123456789abcdef
firing:      14:03:12.204518Z
resolved:    14:04:16.204518Z
`);
    const json = JSON.parse((await run('alerts', 'show', firing.id, '-o', 'json')).stdout) as object;
    expect(json).toHaveProperty('history');
  });

  it('rules tells what is in force, and what is wrong', async () => {
    const { stdout, exit } = await run('alerts', 'rules');
    expect(exit).toBe(0);
    const [head, first, second, fault] = cells(stdout);
    expect(head).toEqual(['RULE', 'SEVERITY', 'FIRING', 'CONDITION', 'BY', 'FILTER', 'FROM']);
    const condition = 'distinct dport above 20 in 10s';
    expect(first?.slice(0, 5)).toEqual(['port-scan', 'warning', '2', condition, 'agent_id,ip_src']);
    expect(first?.at(-1)).toBe('ready port-scan');
    expect([second?.[2], second?.at(-1)]).toEqual(['-', 'alerts.d/a.yaml:7']);
    expect(fault).toEqual(['alerts.d/a.yaml:12: odd: window is missing']);
    expect((await run('alerts', 'rules', '--fail-faulty')).exit).toBe(1);
    expect(JSON.parse((await run('alerts', 'rules', '-o', 'json')).stdout)).toEqual(rules);
  });

  it('test tells when a rule would have fired', async () => {
    const { stdout, asked, exit } = await run(
      'alerts',
      'test',
      'port-scan',
      '--since',
      '2026-11-21T13:00:00Z',
    );
    expect([asked, exit]).toEqual(['POST /api/v1/alerts/test', 0]);
    expect(JSON.parse(bodies.join(''))).toEqual({ rule: 'port-scan', since: '2026-11-21T13:00:00.000000Z' });
    const [head, first, second, last] = cells(stdout);
    expect(head).toEqual(['STARTED', 'STATE', 'LASTED', 'SEVERITY', 'RULE', 'MESSAGE']);
    expect(first?.slice(0, 3)).toEqual(['14:03:11.204518', 'resolved', '1m5s']);
    // What still fires at the end lasts until there.
    expect(second?.slice(1, 3)).toEqual(['firing (silenced)', '56m49s']);
    expect(last).toEqual(['port-scan would have fired 2 times: 120 rows between 13:00:00 and 15:00:00']);
  });

  it('test takes a rule of a file', async () => {
    await run('alerts', 'test', '--file', 'package.json', '-o', 'json');
    expect(JSON.parse(bodies.join(''))).toHaveProperty('yaml', expect.stringContaining('"visor"'));
    const { stderr, exit } = await run('alerts', 'test', '--file', '/nonexistent/x');
    expect([exit, stderr]).toEqual([
      2,
      expect.stringContaining("there is no such file; give the path of a rule's"),
    ]);
  });

  it('silence makes, lists and ends silences', async () => {
    const made = await run(
      ...['alerts', 'silence', 'rule=port-scan', 'ip-src=10.0.0.9', '--comment', 'our own', '--for', '1d'],
    );
    expect(made.asked).toBe('POST /api/v1/alerts/silences');
    expect(JSON.parse(bodies.join(''))).toEqual({
      match: ['rule=port-scan', 'ip-src=10.0.0.9'],
      for: '1d',
      comment: 'our own',
    });
    const list = await run('alerts', 'silence');
    for (const { stdout } of [made, list]) {
      expect(cells(stdout)).toEqual([
        ['ID', 'UNTIL', 'BY', 'MATCHES', 'COMMENT'],
        [
          'ab12',
          '2099-01-01 00:00:00.000000',
          'ops',
          'rule=port-scan ip-src=10.0.0.9',
          'our own\\x09scanner',
        ],
      ]);
    }
    const ended = await run('alerts', 'silence', '--end', 'ab12');
    expect(ended).toMatchObject({
      stdout: '',
      stderr: 'visor-cli: the silence ab12 has ended\n',
      asked: 'DELETE /api/v1/alerts/silences/ab12',
    });
  });

  it.each([
    [['silence', '--for', '2h'], 'matchers are missing'],
    [['silence', 'rule=x', '--end', 'ab'], '--end takes no matchers'],
    [['silence', 'rule=x', '--for', '2h', '--until', '2099-01-01T00:00:00Z'], 'cannot both be given'],
    [['test'], 'takes the name of a rule, or --file; one of them'],
    [['test', 'x', '--file', 'y'], 'takes the name of a rule, or --file; one of them'],
    [['show'], 'ID'],
  ])('%j is refused', async (args, why) => {
    const { exit, stderr, asked } = await run('alerts', ...args);
    expect([exit, asked]).toEqual([2, 'undefined undefined']);
    expect(stderr).toContain(why);
  });
});
