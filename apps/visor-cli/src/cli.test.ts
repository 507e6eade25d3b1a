import { once } from 'node:events';
import { text } from 'node:stream/consumers';
import { describe, expect, it, vi } from 'vitest';
import { cliRuns, printed } from './testing/cli-runs.js';
import { rowEvent, rowsAnswer, streamAnswer } from './testing/fake-hub.js';
import { lossJson } from './testing/losses.js';
import { rowJson } from './testing/rows.js';

const runs = cliRuns();

const line =
  '10.0.0.2:51034 -> 10.0.1.2:8443 tcp SYN DROPPED inet filter forward handle 12 "tcp dport 8443 drop"\n';

// Each test starts programs, which takes long where others do so too.
vi.setConfig({ testTimeout: 30_000 });

describe('help', () => {
  it.each([
    ['root', ['--help']],
    ['root', []],
    ['watch', ['watch', '-h']],
    ['root', ['help']],
    ['watch', ['help', 'watch']],
  ])('of %s is as kept, by %j', async (name, args) => {
    const { stdout, exit } = await runs.run(args, { OCLIF_COLUMNS: '100' });
    expect(exit).toBe(0);
    await expect(
      stdout.replace(/visor\/\S+ \S+ node-\S+/, 'visor/VERSION PLATFORM NODE'),
    ).toMatchFileSnapshot(`./golden/help-${name}.txt`);
  });
});

describe('watch', () => {
  it('prints the last packets', async () => {
    const hub = await runs.serve(rowsAnswer([rowJson()]));
    const { stdout, stderr, exit } = await runs.run(['watch', '--host', hub.url]);
    // The date before it depends on the day of the test.
    expect(stdout.replace(/^2026-11-21 /, '')).toBe(`14:03:11.204518 web1 ${line}`);
    expect({ stderr, exit }).toEqual({ stderr: '', exit: 0 });
    expect(hub.requests[0]?.url).toBe('/api/v1/packets?last=20&format=jsonl');
  });

  it('asks with every filter, for hops where they are wanted', async () => {
    const hub = await runs.serve(rowsAnswer([rowJson()]));
    const args = ['--dport', '80,443', '--dport', '!81', '--ip_src', '10.0.0.0/8', '--first', '5', '--hops'];
    const { stdout } = await runs.run(['watch', ...args, '-o', 'jsonl'], {
      VISOR_HOST: hub.url,
      VISOR_TOKEN: 'secret',
    });
    expect(stdout).toBe(`${rowJson()}\n`);
    expect(hub.requests[0]?.url).toBe(
      '/api/v1/traces?ip-src=10.0.0.0%2F8&dport=80%2C443&dport=!81&first=5&format=jsonl',
    );
    expect(hub.requests[0]?.headers.authorization).toBe('Bearer secret');
  });

  it.each(['compact', 'table'])('prints what was lost in its place among the rows (%s)', async (format) => {
    const rows = [10, 12, 13].map((second) =>
      rowJson({ ts: `2026-11-21T14:03:${second}.500000Z`, sport: second }),
    );
    const hub = await runs.serve(rowsAnswer(rows, [lossJson()]));
    const { stdout, stderr, exit } = await runs.run([
      'watch',
      '--agent-id',
      'web1',
      '--host',
      hub.url,
      '-o',
      format,
    ]);
    const shown = stdout
      .split('\n')
      .map((text) => /EVENTS LOST: 1234 on web1|10\.0\.0\.2:\d+/.exec(text)?.[0]);
    const expected = ['10.0.0.2:10', 'EVENTS LOST: 1234 on web1', '10.0.0.2:12', '10.0.0.2:13'];
    expect(shown.filter((part) => part !== undefined)).toEqual(expected);
    expect(stdout).toMatch(/between (2026-11-21 )?14:03:11 and 14:03:12 \(receive buffer overrun\)\n/);
    expect({ stderr, exit }).toEqual({ stderr: '', exit: 0 });
    expect(hub.requests[1]?.url).toBe('/api/v1/losses?agent-id=web1&last=1000&format=jsonl');
  });

  it.each(['json', 'jsonl'])('keeps what was lost out of %s', async (format) => {
    const hub = await runs.serve(rowsAnswer([rowJson()], [lossJson()]));
    const { stdout, stderr } = await runs.run(['watch', '-o', format, '--host', hub.url]);
    expect(stdout.replace(/^\[\n|\]\n$/g, '')).toBe(`${rowJson()}\n`);
    expect(stderr).toMatch(/^visor-cli: EVENTS LOST: 1234 on web1 between .* \(receive buffer overrun\)\n$/);
  });

  it('prints a JSON document, and says when nothing matches', async () => {
    const hub = await runs.serve(rowsAnswer([]));
    const { stdout, stderr, exit } = await runs.run(['watch', '-o', 'json', '--host', hub.url]);
    expect({ stdout, stderr, exit }).toEqual({
      stdout: '[]\n',
      stderr: 'visor-cli: nothing matches\n',
      exit: 0,
    });
  });

  it('says when an answer holds no more', async () => {
    const hub = await runs.serve(rowsAnswer(new Array<string>(10_000).fill(rowJson())));
    const { stdout, stderr } = await runs.run(['watch', '--since', '1h', '-o', 'jsonl', '--host', hub.url]);
    expect(stdout.split('\n')).toHaveLength(10_001);
    expect(stderr).toBe(
      'visor-cli: only the last 10000 rows are shown; --all shows all of them, and --since and --until ask for less time\n',
    );
  });

  it('colours where it is told to', async () => {
    const hub = await runs.serve(rowsAnswer([rowJson()]));
    expect((await runs.run(['watch', '--host', hub.url, '--color', 'always'])).stdout).toContain(
      '\x1b[1mDROPPED',
    );
  });

  it.each([
    [
      ['watch', '--dport', 'x'],
      '--dport: "x" is not a number; use a number from 0 to 65535 (decimal or 0x…), or a range like 8000-9000.',
    ],
    [['watch', '--since', 'soon'], '--since: "soon" is not a time;'],
    [['watch', '--last', '-1'], '--last'],
    [
      ['watch', '-o', 'xml'],
      '--output: "xml" is not one of its values; use compact, wide, table, tree, json, jsonl, csv, arrow; see visor-cli watch --help',
    ],
    [
      ['watch', '--dprot', '80'],
      'there is no flag --dprot (did you mean --dport?); see visor-cli watch --help',
    ],
    [['watch', '--interval', '1s'], '--interval goes with --aggregate-by alone; give that too; see'],
    [
      ['top', 'rule'],
      'top takes no "rule" here (did you mean rules?); use talkers, ports, rules, chains, groups, agents, drops; see',
    ],
    [['packet'], "packet needs ID: A row's packet_id, or its first digits; see visor-cli packet --help"],
    [['ruleset', 'diff'], 'ruleset diff needs FROM and TO; see visor-cli ruleset diff --help'],
    [
      ['watch', '--colour', 'never'],
      'there is no flag --colour (did you mean --color?); see visor-cli watch --help',
    ],
    [['watch', '--host', 'h:99999'], 'host "h:99999" is not a URL such as http://127.0.0.1:9650;'],
    [['wacth'], 'there is no command "wacth" (did you mean watch?); see visor-cli --help'],
    [['watch', 'x'], 'watch takes no "x" here; see visor-cli watch --help'],
  ])('refuses %j in one line, without a request', async (args, message) => {
    const hub = await runs.serve(rowsAnswer([]));
    const { stdout, stderr, exit } = await runs.run(args, { VISOR_HOST: hub.url });
    expect(stderr).toContain(`visor-cli: ${message}`);
    expect(stderr.trimEnd().split('\n')).toHaveLength(1);
    expect({ stdout, exit, requests: hub.requests.length }).toEqual({ stdout: '', exit: 2, requests: 0 });
  });

  it('says what to do where there is no hub, or it wants a token', async () => {
    const hub = await runs.serve((_, response) => {
      const problem = { title: 'Unauthorized', status: 401, detail: 'this hub wants a token' };
      response.writeHead(401, { 'content-type': 'application/problem+json' }).end(JSON.stringify(problem));
    });
    expect(await runs.run(['watch', '--host', hub.url])).toEqual({
      stdout: '',
      stderr:
        'visor-cli: this hub wants a token; give a token that the hub knows with --token or VISOR_TOKEN\n',
      exit: 4,
    });
    await hub.stop();
    expect(await runs.run(['watch', '-f', '--host', hub.url])).toEqual({
      stdout: '',
      stderr: `visor-cli: cannot reach ${hub.url}: connection refused; start trace-hub there, or name another hub with --host or VISOR_HOST\n`,
      exit: 3,
    });
  });

  it('tells a Ctrl-C from an end', async () => {
    const hub = await runs.serve((_, response) => {
      response.writeHead(200, { 'content-type': 'application/x-ndjson' }).write(`${rowJson()}\n`);
    });
    const { child, result } = runs.start(['watch', '-o', 'jsonl', '--host', hub.url]);
    await printed(child.stdout, 'dropped');
    child.kill('SIGINT');
    const { stdout, stderr, exit } = await result;
    expect({ stdout, exit }).toEqual({ stdout: `${rowJson()}\n`, exit: 130 });
    expect(stderr).toMatch(/^visor-cli: stopped after \d+\.\d s: 1 packet, 0 events lost\n$/);
  });

  it('ends quietly when its reader leaves, past rows and new ones', async () => {
    const rows = Array.from({ length: 5000 }, (_, packet) => rowJson({ packet_id: String(packet) }));
    for (const [args, answer] of [
      [[], rowsAnswer(rows)],
      [['-f'], streamAnswer(rows.map(rowEvent).join(''))],
    ] as const) {
      const hub = await runs.serve(answer);
      const child = runs.launch(['watch', '-o', 'jsonl', ...args, '--host', hub.url]);
      child.stdout.once('data', () => child.stdout.destroy());
      const [stderr] = await Promise.all([text(child.stderr), once(child, 'exit')]);
      expect({ stderr, exit: child.exitCode }).toEqual({ stderr: '', exit: 0 });
    }
  });
});
