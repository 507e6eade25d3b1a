import {
  Int32,
  tableFromIPC,
  Table,
  TimestampMicrosecond,
  makeData,
  tableToIPC,
  Vector,
  vectorFromArray,
} from 'apache-arrow';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { type RequestListener } from 'node:http';
import { buffer, text } from 'node:stream/consumers';
import { describe, expect, it, vi } from 'vitest';
import { cliRuns } from '../testing/cli-runs.js';
import { rowsAnswer } from '../testing/fake-hub.js';
import { lossJson } from '../testing/losses.js';
import { rowJson } from '../testing/rows.js';

const runs = cliRuns();

/** @param onPrinted is called when it has printed something */
async function run(
  args: readonly string[],
  input: string | Uint8Array = '',
  onPrinted: () => void = () => undefined,
) {
  const child = spawn(process.execPath, [runs.bin, 'watch', ...args], {
    env: { PATH: process.env['PATH'], HOME: '/nonexistent', TZ: 'UTC' },
  });
  child.stdin.on('error', () => undefined).end(input);
  child.stdout.once('data', onPrinted);
  const [bytes, stderr] = await Promise.all([buffer(child.stdout), text(child.stderr), once(child, 'close')]);
  return { bytes, stdout: bytes.toString(), stderr, exit: child.exitCode };
}

// Each test starts programs, which takes long where others do so too.
vi.setConfig({ testTimeout: 60_000 });

const second = (n: number): string => `2026-11-21T14:03:${n}.500000Z`;
const rows = [10, 12, 13].map((n) => rowJson({ ts: second(n), sport: n }));
const jsonl = rows.map((row) => `${row}\n`).join('');
const lost = 'visor-cli: EVENTS LOST: 1234 on web1 ';

/** Answers with these bytes in the form that is asked for, and with a loss. */
function bytesAnswer(type: string, bytes: string | Uint8Array): RequestListener {
  return (request, response) => {
    if (request.url?.startsWith('/api/v1/losses')) return rowsAnswer([], [lossJson()])(request, response);
    response.writeHead(200, { 'content-type': type }).end(bytes);
  };
}

describe('watch --all', () => {
  it('asks for all, and shows losses among the rows as they come', async () => {
    const hub = await runs.serve(rowsAnswer(rows, [lossJson()]));
    const { stdout, stderr, exit } = await run(['--all', '--since', '1h', '--host', hub.url]);
    const shown = [...stdout.matchAll(/10\.0\.0\.2:\d+|EVENTS LOST/g)].map(([part]) => part);
    expect(shown).toEqual(['10.0.0.2:10', 'EVENTS LOST', '10.0.0.2:12', '10.0.0.2:13']);
    expect({ stderr, exit }).toEqual({ stderr: '', exit: 0 });
    // What was lost is asked for first, so that both questions need one turn each.
    expect(hub.requests.map(({ url }) => url?.replace(/since=[^&]*/, 'since=T'))).toEqual([
      '/api/v1/losses?since=T&last=1000&format=jsonl',
      '/api/v1/packets?since=T&all=true&format=jsonl',
    ]);
  });

  it.each([
    ['first', ['10.0.0.2:10', 'EVENTS LOST', '10.0.0.2:12', '10.0.0.2:13']],
    ['last', ['10.0.0.2:10', 'EVENTS LOST', '10.0.0.2:12', '10.0.0.2:13', 'EVENTS LOST']],
  ])('shows the losses of the time of the %s so many', async (end, expected) => {
    // Before the first row: fewer rows than asked for came, so its time belongs to the answer too.
    const early = lossJson({ seq: 7, ts: second(10), until: '2026-11-21T14:00:00.000000Z' });
    const hub = await runs.serve(rowsAnswer(rows, end === 'last' ? [early, lossJson()] : [lossJson()]));
    const { stdout } = await run([`--${end}`, '20000', '--host', hub.url]);
    const shown = [...stdout.matchAll(/10\.0\.0\.2:\d+|EVENTS LOST/g)].map(([part]) => part);
    expect(shown).toEqual(expected);
  });

  it('--fail-empty has an exit code of its own', async () => {
    const hub = await runs.serve(rowsAnswer([]));
    const { stderr, exit } = await run(['--all', '--fail-empty', '-o', 'jsonl', '--host', hub.url]);
    expect({ stderr, exit }).toEqual({ stderr: 'visor-cli: nothing matches\n', exit: 1 });
  });

  it.each([
    ['packets', ['--since', '1h', '--dport', '9']],
    ['traces', ['--all', '--hops', '--dport', '9']],
  ])('says which agents have %s where nothing matches', async (list, args) => {
    const agents = [{ agent_id: 'web1', packets: 5, first: second(10), last: second(13) }];
    const hub = await runs.serve((request, response) => {
      if (!request.url?.includes('first=1')) return rowsAnswer([])(request, response);
      response.writeHead(200, { 'content-type': 'application/json' });
      response.end(JSON.stringify({ rows: [], count: 0, searched: { agents } }));
    });
    const { stderr, exit } = await run([...args, '--utc', '--host', hub.url]);
    expect({ stderr: stderr.replaceAll('2026-11-21 ', ''), exit }).toEqual({
      stderr: `visor-cli: nothing matches
visor-cli: web1 has 5 packets in that time, from 14:03:10.500000Z to 14:03:13.500000Z
`,
      exit: 0,
    });
    const asked = hub.requests.map(({ url }) => url?.replace(/since=[^&]*&/, '')).at(-1);
    expect(asked).toBe(`/api/v1/${list}?dport=9&first=1`);
  });
});

describe('bytes of the hub', () => {
  const csv = `"ts","rule"\r\n"${second(10)}","a\nb"\r\n"${second(12)}",""\r\n`;

  it.each([
    ['jsonl', 'application/x-ndjson', jsonl],
    ['csv', 'text/csv; charset=utf-8; header=present', csv],
  ])('are printed as they are, and losses beside them (%s)', async (form, type, bytes) => {
    const hub = await runs.serve(bytesAnswer(type, bytes));
    const { stdout, stderr, exit } = await run(['--all', '-o', form, '--host', hub.url]);
    expect({ stdout, exit }).toEqual({ stdout: bytes, exit: 0 });
    expect(stderr).toContain(lost);
    expect(hub.requests[0]?.url).toBe(`/api/v1/packets?all=true&format=${form}`);
  });

  it('are printed as they are, and losses beside them (arrow)', async () => {
    const times = makeData({
      type: new TimestampMicrosecond('UTC'),
      data: BigInt64Array.from([second(10), second(12)], (ts) => BigInt(Date.parse(ts)) * 1000n),
    });
    const table = new Table({ ts: new Vector([times]), dport: vectorFromArray([80, 443], new Int32()) });
    const sent = tableToIPC(table, 'stream');
    const hub = await runs.serve(bytesAnswer('application/vnd.apache.arrow.stream', sent));
    const { bytes, stderr, exit } = await run(['--last', '2', '-o', 'arrow', '--host', hub.url]);
    expect(Uint8Array.from(bytes)).toEqual(Uint8Array.from(sent));
    expect(tableFromIPC(bytes).numRows).toBe(2);
    expect(stderr).toContain(lost);
    expect(exit).toBe(0);
    // Two rows were asked for and came: older ones were left out, and so are losses before them.
    expect(hub.requests[1]?.url).toBe(
      `/api/v1/losses?since=${encodeURIComponent(second(10))}&last=1000&format=jsonl`,
    );
  });

  it('are whole rows where the answer breaks off, and that is told', async () => {
    let breakOff = (): void => undefined;
    const hub = await runs.serve((_, response) => {
      breakOff = () => void response.destroy();
      response.writeHead(200, { 'content-type': 'application/x-ndjson' }).write(jsonl.slice(0, -10));
    });
    // What has come is not read any more when the connection is known to be gone.
    const { stdout, stderr, exit } = await run(['--all', '-o', 'jsonl', '--host', hub.url], '', () =>
      breakOff(),
    );
    expect(stdout).toBe(`${rows[0]}\n${rows[1]}\n`);
    expect(stderr).toMatch(
      /^visor-cli: the answer of http:\S+ broke off: .*; what was shown is not all, try again\n$/,
    );
    expect(exit).toBe(3);
  });
});

describe('watch --input-file', () => {
  it('filters and prints rows of standard input without a hub', async () => {
    const args = [
      '--input-file',
      '-',
      '--not',
      '--sport',
      '12',
      '--last',
      '5',
      '--host',
      'http://127.0.0.1:1',
    ];
    const { stdout, stderr, exit } = await run([...args, '-o', 'jsonl'], jsonl);
    expect({ stdout, stderr, exit }).toEqual({ stdout: `${rows[0]}\n${rows[2]}\n`, stderr: '', exit: 0 });
    expect((await run(args, jsonl)).stdout).toMatch(/10\.0\.0\.2:10\b.*\n.*10\.0\.0\.2:13\b/);
  });

  it.each([
    [['-f'], '--input-file and --follow exclude each other'],
    [['--aggregate-by', 'dport'], '--aggregate-by and --input-file exclude each other'],
    [[], '--input-file: standard input, line 2 is no JSON: "x"'],
  ])('refuses %j', async (args, message) => {
    const { stdout, stderr, exit } = await run(
      ['--input-file', '-', '-o', 'jsonl', ...args],
      `${rows[0]}\nx\n`,
    );
    expect(stderr).toContain(`visor-cli: ${message}`);
    expect({ stdout, exit }).toEqual({ stdout: '', exit: 2 });
  });
});

describe('watch --aggregate-by', () => {
  const document = {
    rows: [{ dport: 443, packets: 3, bytes: 180, drops: 0 }],
    total: { packets: 3, bytes: 180, drops: 0 },
    count: 1,
    source: 'traces',
    searched: { since: second(10), until: second(13), rows_read: 3, elapsed_ms: 1 },
  };

  it('asks for groups, and prints them as query does', async () => {
    const hub = await runs.serve((_, response) => {
      response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(document));
    });
    const args = ['--aggregate-by', 'dport', '--fate', 'accepted', '--host', hub.url];
    const { stdout, stderr, exit } = await run([...args, '-o', 'jsonl']);
    expect({ stdout, stderr, exit }).toEqual({
      stdout: `${JSON.stringify(document.rows[0])}\n`,
      stderr: '',
      exit: 0,
    });
    expect(hub.requests[0]?.url).toBe('/api/v1/aggregate?by=dport&fate=accepted');
  });
});
