import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { type ColumnName, columns, formatTimestamp, type JsonRow } from '#columns';
import {
  type CliData,
  cli,
  describeAsRoot,
  openLab,
  parseRows,
  programCommand,
  startCli,
  startCliData,
  tryRun,
  type Lab,
} from './support/index.js';

let lab: Lab;
let data: CliData;
/** All hops of the data, as the hub sends them, and a file with them. */
let text: string;
let rows: JsonRow[];
let file: string;

const bytesOf = async (path: string): Promise<Buffer> => {
  const answer = await fetch(`${data.hub.url}/api/v1/${path}`);
  expect(answer.status).toBe(200);
  return Buffer.from(await answer.arrayBuffer());
};

async function watch(...args: string[]): Promise<string> {
  const { code, stdout, stderr } = await cli(data.hub.url, 'watch', ...args);
  expect({ args, code, failure: code === 0 ? '' : stderr }).toEqual({ args, code: 0, failure: '' });
  return stdout;
}

async function watchFile(...args: string[]): Promise<string> {
  // No hub is there.
  const { code, stdout, stderr } = await cli('http://127.0.0.1:1', 'watch', '--input-file', file, ...args);
  expect({ args, code, stderr: code === 0 ? '' : stderr }).toEqual({ args, code: 0, stderr: '' });
  return stdout;
}

const hops = ['--hops', '-o', 'jsonl'];

describeAsRoot('watch against a hub, and against a file of what it said', () => {
  beforeAll(async () => {
    lab = await openLab();
    data = await startCliData(lab);
    text = (await bytesOf('traces?all=true&format=jsonl')).toString();
    rows = parseRows(text);
    expect(rows.length).toBeGreaterThan(50);
    file = join(lab.directory('saved'), 'rows.jsonl');
    writeFileSync(file, text);
  });
  afterAll(() => lab.close());

  const names =
    'trid table chain jt handle family iif oif hw-src hw-dst ip-src ip-dst sport dport sg-src sg-dst net-src net-dst len proto verdict';

  it.each(names.split(' '))("the original's --%s", async (name) => {
    const column = columns.find((each) => each.name === name.replace('-', '_'))?.name as ColumnName;
    const of = (row: JsonRow): string[] => String(row[column]).split(',');
    const values = [...new Set(rows.flatMap(of))].filter((value) => value !== '').slice(0, 2);
    expect(values.length).toBeGreaterThan(0);
    const expected = rows.filter((row) => of(row).some((value) => values.includes(value)));
    const flags = [`--${name}`, values.join(',')];
    expect(parseRows(await watch('--all', ...hops, ...flags))).toEqual(expected);
    expect(parseRows(await watchFile(...hops, ...flags))).toEqual(expected);
    const others = rows.filter((row) => !expected.includes(row));
    expect(parseRows(await watchFile(...hops, '--not', ...flags))).toEqual(others);
  });

  it.each([
    ['-q', '(sport>=80 and sport<=443) or dport not in (80,443)'],
    ['-q', "proto == 'tcp' && !(fate == accepted) || ip-src in 203.0.113.0/24"],
    ['-q', 'rule contains "accept" and chain ~ "^in"'],
    ['--not', '-q', 'dport in 22-443 // and no more'],
    ['--port', '22-443', '--ip', '10.0.0.0/8', '--tcp-flags', '!SYN,ACK'],
    ['--sg', 'web', '--net', 'lan', '--fate', 'accepted'],
    ['--first', '7'],
    ['--last', '7', '--agent-id', 'web1'],
    ['--since', 'MIDDLE', '--all'],
    ['--until', 'MIDDLE', '--all'],
  ])('the same of both: %s %s %s', async (...flags) => {
    const middle = formatTimestamp(data.start_us + 60e6);
    const given = flags.flatMap((flag) => (flag === undefined ? [] : flag === 'MIDDLE' ? middle : flag));
    const all = given.some((flag) => /^--(all|first|last)$/.test(flag)) ? [] : ['--all'];
    const fromHub = await watch(...hops, ...all, ...given);
    expect(fromHub).not.toBe('');
    expect(await watchFile(...hops, ...given)).toBe(fromHub);
  });

  it.each(['jsonl', 'csv', 'arrow'])('the bytes of the hub, in every number of rows (%s)', async (form) => {
    for (const [flags, query] of [
      [['--all'], 'all=true'],
      [['--last', '20000'], 'last=20000'],
      [['--first', '3'], 'first=3'],
      [['--hops', '--all', '--fate', 'dropped'], 'fate=dropped&all=true'],
    ] as const) {
      const path = `${flags[0] === '--hops' ? 'traces' : 'packets'}?${query}&format=${form}`;
      const [node = '', script = ''] = programCommand('visor-cli');
      const command = `'${node}' '${script}' watch ${flags.join(' ')} -o ${form} 2>/dev/null | base64 -w0`;
      const { stdout } = await tryRun(['bash', '-c', command], { env: { VISOR_HOST: data.hub.url } });
      expect(stdout).toBe((await bytesOf(path)).toString('base64'));
    }
  });

  it('saves Arrow, and reads it as it reads lines of JSON', async () => {
    const saved = file;
    file = join(lab.directory('saved'), 'rows.arrow');
    writeFileSync(file, await bytesOf('traces?all=true&format=arrow'));
    try {
      expect(parseRows(await watchFile(...hops))).toEqual(rows);
      expect(await watchFile('--hops', '-o', 'csv')).toBe(
        (await bytesOf('traces?all=true&format=csv')).toString(),
      );
    } finally {
      file = saved;
    }
  });

  it('counts in groups, again and again with -f, until Ctrl-C', async () => {
    const packets = rows.filter((row) => row.decisive).length;
    const answer = parseGroups(await watch('--aggregate-by', 'fate', '--since', '1h', '-o', 'jsonl'));
    expect(answer.reduce((sum, group) => sum + group.packets, 0)).toBe(packets);
    const args = ['--aggregate-by', 'fate', '--since', '1h', '-o', 'jsonl', '-f', '--interval', '200ms'];
    const live = startCli(lab, data.hub.url, 'watch', ...args);
    await live.until(
      'the groups three times',
      () => parseGroups(live.stdout).length >= 3 * answer.length,
      60_000,
    );
    await live.kill('SIGINT');
    expect(live.exitCode).toBe(0);
    expect(parseGroups(live.stdout).slice(0, answer.length)).toEqual(answer);
  });
});

const parseGroups = (lines: string): { packets: number }[] =>
  lines
    .split('\n')
    .slice(0, -1)
    .map((line) => JSON.parse(line) as { packets: number });
