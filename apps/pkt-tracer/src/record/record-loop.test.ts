import { describe, expect, it } from 'vitest';
import { RecordBlock, type RecordingRecord } from '#recording';
import { type Step, ScriptedSource } from '#testing/netlink';
import { type RuleFacts } from '#nftrace';
import { generationMessage, testDatagram, testTable, traceMessage } from '#testing/nftrace';
import { readAll, sampleHead } from '#testing/recording';
import { replayRows } from '../replay/testing/fixtures.js';
import { RecordLoop } from './record-loop.js';

const table = {
  ...testTable,
  text: '',
  rules: testTable.rules as readonly RuleFacts[],
  chains: [...testTable.chains],
};

/** A loop over scripts, 10 ms a receive, and what a reader makes of its block. */
function rig(trace: Step[], options: { changes?: Step[]; maxEvents?: number } = {}) {
  let ms = 0;
  const block = new RecordBlock();
  const now = () => ({ wall_us: 1_700_000_000_000_000 + ms * 1000, monotonic_us: 1_000_000 + ms * 1000 });
  block.head(sampleHead);
  block.ruleset({ at: now(), generation: 0, tables: [table] });
  const changed: number[] = [];
  const names = new Map([[2, 'wan']]);
  const loop = new RecordLoop({
    trace: new ScriptedSource(...trace),
    changes: new ScriptedSource(...(options.changes ?? [])),
    now,
    interfaces: { name: (index) => names.get(index) ?? `if${index}` },
    block,
    maxEvents: options.maxEvents ?? 0,
    rulesetChanged: (generation) => changed.push(generation),
  });
  const pass = (count: number): void => {
    for (let i = 0; i < count; i++) {
      ms += 10;
      loop.pass();
    }
  };
  const finish = async (): Promise<RecordingRecord[]> => {
    loop.drain();
    block.end(now(), loop.counts);
    return (await readAll(block.take())).records;
  };
  return { loop, changed, names, pass, finish };
}

const kinds = (records: readonly RecordingRecord[]): string[] =>
  records.map((record) => ('socket' in record ? `${record.socket} ${record.kind}` : record.kind));

describe('RecordLoop', () => {
  it('writes what the sockets gave, in the order in which the capture loop takes it', async () => {
    const { loop, changed, pass, finish } = rig(
      [testDatagram(1), [generationMessage(7), ...testDatagram(2)], 'nothing'],
      {
        changes: ['nothing', [generationMessage(7)]],
      },
    );
    pass(3);
    expect(loop.counts).toEqual({ events: 4, lost: 0 });
    const records = await finish();
    expect(kinds(records)).toEqual([
      'ruleset',
      'interface',
      'trace receive',
      'changes receive',
      'trace receive',
      'end',
    ]);
    expect(changed).toEqual([7]);
    expect(records.at(-1)).toMatchObject({ totals: { events: 4, lost: 0 } });
    const { rows } = replayRows(records);
    expect(rows.map((row) => [row.ip_ident, row.iif, row.fate])).toEqual([
      [1, 'wan', 'dropped'],
      [1, 'wan', 'dropped'],
      [2, 'wan', 'dropped'],
      [2, 'wan', 'dropped'],
    ]);
  });

  it('tells an interface’s name once, and again when it has another', async () => {
    const { names, pass, finish } = rig([testDatagram(1), testDatagram(2), testDatagram(3)]);
    pass(2);
    names.set(2, 'lan');
    pass(1);
    const { rows } = replayRows(await finish());
    expect(rows.filter((row) => row.decisive).map((row) => row.iif)).toEqual(['wan', 'wan', 'lan']);
  });

  it('tells what an overrun lost where the socket tells the gap, and so does a replay', async () => {
    const open = testDatagram(1)[0] ?? new Uint8Array();
    const full = (from: number) => Array.from({ length: 128 }, (_, i) => testDatagram(from + i)).flat();
    const { pass, finish } = rig([[open], { overrun: 17 }, full(100), 'gap', full(300), full(500)]);
    pass(6);
    const { rows, counts } = replayRows(await finish());
    expect(counts.overrun).toBe(17);
    const unsure = rows.filter((row) => row.fate === 'unknown');
    expect(unsure.map((row) => row.ip_ident)).toEqual([1]);
    expect(rows).toHaveLength(1 + 2 * 3 * 128);
  });

  it('tells what an overrun lost where the queue ends, and a replay marks the packets that are open there', async () => {
    const open = testDatagram(1)[0] ?? new Uint8Array();
    const { loop, pass, finish } = rig([[open], { overrun: 17 }, 'nothing', testDatagram(2)]);
    pass(4);
    expect(loop.counts).toEqual({ events: 3, lost: 17 });
    const records = await finish();
    expect(kinds(records).slice(2)).toEqual([
      'trace receive',
      'trace overrun',
      'drops',
      'trace receive',
      'trace receive',
      'end',
    ]);
    const { rows, counts } = replayRows(records);
    expect(counts.overrun).toBe(17);
    expect(rows.filter((row) => row.decisive).map((row) => [row.ip_ident, row.fate])).toEqual([
      [1, 'unknown'],
      [2, 'dropped'],
    ]);
  });

  it('stops at the number of events that was asked for, within a receive too', async () => {
    const { loop, pass, finish } = rig(
      [testDatagram(1), [...testDatagram(2), ...testDatagram(3)], testDatagram(4)],
      {
        maxEvents: 3,
      },
    );
    pass(1);
    expect(loop.full).toBe(false);
    pass(1);
    expect([loop.full, loop.counts.events]).toEqual([true, 3]);
    const { counts } = replayRows(await finish());
    expect(counts).toMatchObject({ events: 3, packets: 2 });
  });

  it('records messages that are no events, and does not count them', async () => {
    const strange = [new Uint8Array(3), Buffer.alloc(20, 0xff), traceMessage({}).subarray(0, 30)];
    const { loop, pass, finish } = rig([strange]);
    pass(1);
    expect(loop.counts.events).toBe(1);
    const { counts } = replayRows(await finish());
    expect(counts).toMatchObject({ events: 0, malformed: 2 });
  });
});
