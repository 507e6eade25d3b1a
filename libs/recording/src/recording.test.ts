import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { afterAll, describe, expect, it } from 'vitest';
import { MAX_RECORD_BYTES, PREAMBLE_BYTES, RecordBlock, RecordingReader, RecordingWriter } from './index.js';
import { readAll, ringOf, sampleHead, sampleRecording, sampleTable, sampleTime } from './testing/index.js';

const directory = mkdtempSync(join(tmpdir(), 'visor-recording-'));
afterAll(() => rmSync(directory, { recursive: true }));

const bytes = sampleRecording();
const { records: whole } = await readAll(bytes);

/** Where each record after the head ends, as the reader is told to see it */
function recordEnds(): number[] {
  const view = Buffer.from(bytes);
  const ends: number[] = [];
  for (let at = PREAMBLE_BYTES; at < view.length; ends.push(at)) at += 5 + view.readUInt32LE(at);
  return ends;
}

describe('a recording', () => {
  it('gives back what was written', async () => {
    const { head, records, fault } = await readAll(bytes);
    expect(head).toEqual(sampleHead);
    expect(fault).toBeUndefined();
    expect(records.map(({ kind }) => kind)).toEqual([
      'ruleset',
      'interface',
      'receive',
      'receive',
      'overrun',
      'drops',
      'receive',
      'end',
    ]);
    expect(records[0]).toEqual({ kind: 'ruleset', at: sampleTime(0), generation: 0, tables: [sampleTable] });
    expect(records[1]).toEqual({ kind: 'interface', index: 2, name: 'wan' });
    const [, , receive] = records;
    if (receive?.kind !== 'receive') throw new Error('no receive');
    const texts = receive.starts.map((start, i) =>
      Buffer.from(receive.bytes.subarray(start, receive.ends[i])).toString(),
    );
    expect(texts).toEqual(['one', 'two!']);
    expect(receive).toMatchObject({
      at: sampleTime(1),
      socket: 'trace',
      more: true,
      truncated: [false, true],
    });
    expect(records[3]).toMatchObject({ socket: 'changes', more: false });
    expect(records.slice(4, 6)).toEqual([
      { kind: 'overrun', at: sampleTime(3), socket: 'trace' },
      { kind: 'drops', total: 17 },
    ]);
    expect(records.at(-1)).toEqual({ kind: 'end', at: sampleTime(5), totals: { events: 2, lost: 17 } });
  });

  it.each([1, 7, 100])('is read in chunks of %i bytes', async (size) => {
    expect((await readAll(bytes, size)).records).toEqual(whole);
  });

  it('cut off at any byte gives all whole records before it, and one sentence', async () => {
    const ends = recordEnds();
    const [headEnds = 0] = ends;
    for (let length = headEnds; length < bytes.length; length++) {
      const { records, fault } = await readAll(bytes.subarray(0, length));
      const count = ends.filter((end) => end <= length).length - 1;
      expect(records).toEqual(whole.slice(0, count));
      const what = ends.includes(length)
        ? 'it was cut off: the recorder did not come to its end'
        : 'the last record is not whole';
      expect(fault).toBe(`x.rec: at byte ${ends[count]}: ${what}; what stands before it was read`);
    }
  });

  it.each([
    ['a record of no known kind', 4, 99, 'record of kind 99 cannot be read'],
    ['a record longer than there can be', 3, 0xff, 'a record of more than 16 MiB cannot be'],
  ])('with %s gives what is before it', async (_name, offset, value, sentence) => {
    const [, , third = 0] = recordEnds();
    const corrupt = Uint8Array.from(bytes);
    corrupt[third + offset] = value;
    const { records, fault } = await readAll(corrupt);
    expect(records).toEqual(whole.slice(0, 2));
    expect(fault).toBe(`x.rec: at byte ${third}: ${sentence}; what stands before it was read`);
  });

  it.each([
    ['nothing', Buffer.alloc(0), 'x.rec is no recording of pkt-tracer'],
    ['another file', Buffer.from('hello, this is a text'), 'x.rec is no recording of pkt-tracer'],
    [
      'a later format',
      Buffer.concat([bytes.subarray(0, 8), Buffer.of(9, 0, 0, 0)]),
      'x.rec has format 9 of recordings and this program reads 1; use a pkt-tracer of the version that wrote it',
    ],
    ['no head', bytes.subarray(0, 20), 'x.rec: its head cannot be read'],
  ])('%s is refused', async (_name, content, sentence) => {
    await expect(readAll(content)).rejects.toMatchObject({ name: 'RecordingError', message: sentence });
  });

  it('leaves the tables’ texts out where they do not fit into a record, and refuses where the rules do not', async () => {
    const block = new RecordBlock();
    block.head(sampleHead);
    block.ruleset({
      at: sampleTime(0),
      generation: 1,
      tables: [{ ...sampleTable, text: 'x'.repeat(MAX_RECORD_BYTES) }],
    });
    const { records } = await readAll(block.take());
    expect(records).toMatchObject([{ kind: 'ruleset', tables: [{ ...sampleTable, text: '' }] }]);
    const rules = [{ handle: 1, text: 'x'.repeat(MAX_RECORD_BYTES), comment: '', rejects: false }];
    expect(() =>
      block.ruleset({ at: sampleTime(0), generation: 1, tables: [{ ...sampleTable, rules }] }),
    ).toThrow('the ruleset takes more than 16 MiB and cannot be recorded');
  });

  it('of a receive holds only as many messages as were meant', async () => {
    const block = new RecordBlock();
    block.head(sampleHead);
    block.receive(sampleTime(0), 'trace', ringOf([Buffer.from('a'), Buffer.from('b')]), 1, false);
    expect((await readAll(block.take())).records).toMatchObject([{ starts: [24], ends: [25] }]);
  });
});

describe('a file', () => {
  const write = async (file: string, force = false): Promise<RecordingWriter> => {
    const writer = await RecordingWriter.create(file, force);
    await writer.write(bytes.subarray(0, 300));
    await writer.write(bytes.subarray(300));
    return writer;
  };
  const read = async (file: string) => {
    const reader = await RecordingReader.open(file);
    const records = [];
    for await (const record of reader.records()) records.push(record);
    return { records, fault: reader.fault };
  };

  it.each(['plain.rec', 'packed.rec.gz'])('%s is for its owner alone, and is read back', async (name) => {
    const file = join(directory, name);
    const writer = await write(file);
    await writer.close();
    expect(statSync(file).mode & 0o777).toBe(0o600);
    expect(statSync(file).size).toBe(writer.bytes);
    expect(await read(file)).toEqual({ records: whole, fault: undefined });
    if (name.endsWith('.gz'))
      expect(new Uint8Array(gunzipSync(readFileSync(file)))).toEqual(new Uint8Array(bytes));
  });

  it.each(['plain-killed.rec', 'packed-killed.rec.gz'])(
    '%s is readable though it was never closed',
    async (name) => {
      const file = join(directory, name);
      const writer = await write(file);
      expect(await read(file)).toEqual({ records: whole, fault: undefined });
      await writer.close();
    },
  );

  it('packed is read up to where it is corrupt', async () => {
    const file = join(directory, 'corrupt.rec.gz');
    const writer = await write(file);
    await writer.close();
    const content = readFileSync(file);
    content.fill(0xff, content.length - 40);
    writeFileSync(file, content);
    const { records, fault } = await read(file).catch((error: Error) => ({ records: [], fault: error }));
    expect(fault?.name).toBe('RecordingError');
    expect(records).toEqual(whole.slice(0, records.length));
  });

  it('that is there is not written over, unless it must be', async () => {
    const file = join(directory, 'there.rec');
    writeFileSync(file, 'precious', { mode: 0o644 });
    await expect(write(file)).rejects.toMatchObject({
      code: 'exists',
      message: `${file} is there already; name another file or give --force`,
    });
    expect(readFileSync(file, 'utf8')).toBe('precious');
    await (await write(file, true)).close();
    expect(await read(file)).toEqual({ records: whole, fault: undefined });
    expect(statSync(file).mode & 0o777).toBe(0o600);
  });

  it('that is not there, or cannot be made, is named', async () => {
    await expect(read(join(directory, 'no.rec'))).rejects.toMatchObject({
      code: 'missing',
      message: `there is no file ${join(directory, 'no.rec')}`,
    });
    await expect(read(directory)).rejects.toMatchObject({ code: 'unreadable' });
    await expect(write(join(directory, 'no', 'x.rec'))).rejects.toMatchObject({ code: 'unwritable' });
  });

  it.each(['kept.rec', 'kept.rec.gz'])('%s that is there is kept where nothing is recorded', async (name) => {
    const file = join(directory, name);
    await (await write(file)).close();
    const before = readFileSync(file);
    const writer = await RecordingWriter.create(file, true);
    await writer.close();
    await writer.remove();
    expect(readFileSync(file).equals(before)).toBe(true);
    const made = await RecordingWriter.create(`${file}2`, true);
    await made.close();
    await made.remove();
    expect(() => statSync(`${file}2`)).toThrow('ENOENT');
  });

  it('with a damaged beginning says what is wrong', async () => {
    const file = join(directory, 'damaged.rec.gz');
    await (await write(file)).close();
    const damaged = readFileSync(file);
    damaged.fill(0xff, 10, 40);
    writeFileSync(file, damaged);
    await expect(RecordingReader.open(file)).rejects.toThrow(/cannot be read: /);
  });

  it('on a full disk says so', async () => {
    const writer = await RecordingWriter.create('/dev/full', true);
    await expect(writer.write(bytes)).rejects.toThrow(
      '/dev/full cannot be written further: the disk is full; it is readable up to byte 0',
    );
    await writer.close();
  });
});
