import { filterFromParameters, parseFilter } from '#filter';
import {
  Int32,
  tableToIPC,
  Table,
  TimestampMicrosecond,
  Uint64,
  Utf8,
  vectorFromArray,
  Bool,
  makeData,
  Vector,
  Uint16,
  Dictionary,
} from 'apache-arrow';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { CliError } from '../errors.js';
import { rowJson } from '../testing/rows.js';
import { type RowRange, type Take } from '../watch/request.js';
import { fileRows, type FileRequest } from './replay.js';

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'visor-input-'));
});
afterAll(() => rmSync(folder, { recursive: true }));

function file(content: string | Uint8Array): string {
  const path = join(folder, 'rows');
  writeFileSync(path, content);
  return path;
}

const range = (take: Take, rest: Partial<RowRange> = {}): RowRange => ({
  sinceUs: undefined,
  untilUs: undefined,
  capped: undefined,
  take,
  ...rest,
});

async function read(request: Partial<FileRequest> & { path: string }): Promise<string[]> {
  const out: string[] = [];
  const whole = { filter: undefined, hops: false, range: range({ all: true }), ...request };
  for await (const rows of fileRows(whole)) out.push(...rows);
  return out;
}

const ts = (second: number): string => `2026-11-21T14:00:${String(second).padStart(2, '0')}.000001Z`;
const us = (second: number): number => Date.parse('2026-11-21T14:00:00Z') * 1000 + second * 1e6 + 1;
const rows = Array.from({ length: 10 }, (_, i) =>
  rowJson({ ts: ts(i), packet_id: String(2n ** 63n + BigInt(i)), dport: 80 + i, decisive: i % 2 === 0 }),
);
const jsonl = rows.map((row) => `${row}\n`).join('');
const [even = []] = [rows.filter((_, i) => i % 2 === 0)];

describe('JSON lines', () => {
  it('gives packets as they were saved, or all hops', async () => {
    const path = file(jsonl);
    expect(await read({ path })).toEqual(even);
    expect(await read({ path, hops: true })).toEqual(rows);
  });

  it('takes another program’s line ends, empty lines and a last line without its end', async () => {
    expect(await read({ path: file(`\r\n${rows.join('\r\n\r\n')}`), hops: true })).toEqual(rows);
    expect(await read({ path: file('') })).toEqual([]);
  });

  it('filters by columns, a query and times, and takes the first or the last', async () => {
    const path = file(jsonl);
    const all = { path, hops: true };
    expect(await read({ ...all, filter: filterFromParameters({ dport: '82,84-85' }) })).toEqual([
      rows[2],
      rows[4],
      rows[5],
    ]);
    expect(await read({ path, filter: parseFilter('dport > 82 and ip-src in 10.0.0.0/8') })).toEqual(
      even.slice(2),
    );
    expect(await read({ ...all, range: range({ all: true }, { sinceUs: us(3), untilUs: us(5) }) })).toEqual([
      rows[3],
      rows[4],
    ]);
    expect(await read({ path, range: range({ first: 2 }) })).toEqual(even.slice(0, 2));
    expect(await read({ path, range: range({ last: 2 }) })).toEqual(even.slice(-2));
    expect(await read({ path, range: range({ last: 100 }) })).toEqual(even);
  });

  it('has the last rows of many', async () => {
    const many = Array.from({ length: 9000 }, (_, i) => rowJson({ sport: i }));
    const path = file(many.join('\n'));
    expect(await read({ path, range: range({ last: 3 }) })).toEqual(many.slice(-3));
  });

  it.each([
    [`${rows[0]}\n\n{"ts":\n`, ', line 3 is no JSON: "{\\"ts\\":"'],
    [`${rows[0]}\n7\n`, ', line 2 is no row, which has a ts: "7"'],
    ['{"a":1}', ', line 1 is no row'],
    [`[\n${rows[0]}\n]`, ', line 1 is a JSON document; save it with -o jsonl'],
    [`${rows[0]}\n${rowJson({ dport: 'x' })}\n`, ', line 2: dport "x" is not a whole number'],
  ])('names the line that is bad: %j', async (content, message) => {
    const path = file(content);
    const reading = read({ path, filter: filterFromParameters({ dport: '80' }) });
    await expect(reading).rejects.toThrow(CliError);
    await expect(read({ path, filter: filterFromParameters({ dport: '80' }) })).rejects.toThrow(
      `--input-file: ${path}${message}`,
    );
  });

  it('says why a file cannot be read', async () => {
    await expect(read({ path: join(folder, 'none') })).rejects.toThrow(
      ': there is no such file; give a file that',
    );
    await expect(read({ path: folder })).rejects.toThrow(': it is a directory;');
  });
});

/** As the hub's Arrow has them: numbers of their own width, texts plain or with a dictionary. */
function arrow(form: 'stream' | 'file'): Uint8Array {
  const times = makeData({
    type: new TimestampMicrosecond('UTC'),
    data: BigInt64Array.from(rows, (_, i) => BigInt(us(i))),
  });
  const table = new Table({
    ts: new Vector([times]),
    packet_id: vectorFromArray(
      rows.map((_, i) => 2n ** 63n + BigInt(i)),
      new Uint64(),
    ),
    decisive: vectorFromArray(
      rows.map((_, i) => i % 2 === 0),
      new Bool(),
    ),
    agent_id: vectorFromArray(
      rows.map(() => 'web1'),
      new Dictionary(new Utf8(), new Int32()),
    ),
    ip_src: vectorFromArray(
      rows.map(() => '10.0.0.2'),
      new Utf8(),
    ),
    dport: vectorFromArray(
      rows.map((_, i) => 80 + i),
      new Uint16(),
    ),
  });
  return tableToIPC(table, form);
}

describe('Arrow', () => {
  it.each(['stream', 'file'] as const)('gives the rows of a %s as JSON has them', async (form) => {
    const path = file(arrow(form));
    const keys = ['ts', 'agent_id', 'packet_id', 'decisive', 'ip_src', 'dport'];
    const expected = even.map((row) => JSON.stringify(JSON.parse(row), keys));
    expect(await read({ path })).toEqual(expected);
    expect(await read({ path, filter: parseFilter('dport == 82') })).toEqual([expected[1]]);
  });

  it('says so where the file is cut off or not ours', async () => {
    const whole = arrow('stream');
    await expect(read({ path: file(whole.subarray(0, whole.length / 2)) })).rejects.toThrow(CliError);
    const other = tableToIPC(new Table({ a: vectorFromArray([1, 2], new Int32()) }), 'stream');
    await expect(read({ path: file(other) })).rejects.toThrow(
      'cannot be read as Arrow after row 0: it has no column ts',
    );
  });
});
