import { describe, expect, it } from 'vitest';
import { ColumnBatch, jsonRow, type JsonRow, StringTable } from '#columns';
import {
  Assembler,
  ByteInterner,
  defaultAssemblerOptions,
  type RuleFacts,
  RuleIndex,
  TraceDecoder,
} from '#nftrace';
import { ScriptedSource } from '#testing/netlink';
import { generationMessage, ipv4, testTable, traceMessage, udp } from '#testing/nftrace';
import { CaptureLoop } from './capture-loop.js';

const DROP = 0;

function datagram(id: number): Uint8Array[] {
  const network = ipv4({ src: '10.0.0.1', dst: '10.0.0.2', proto: 17, ident: id });
  const transport = udp({ sport: 1, dport: 53 });
  return [
    traceMessage({ id, nfproto: 2, iif: 2, network, transport, handle: 4, verdict: -1 }),
    traceMessage({ id, handle: 5, verdict: DROP }),
  ];
}

const start_us = 1_700_000_000_000_000;
const ms = (us: number): number => (us - start_us) / 1000;

/** A loop over scripts, with a clock that the test moves and rows that it can read. */
function rig(options: { capacity?: number; delivers?: boolean; maxPackets?: number } = {}) {
  const { capacity = 100, delivers = true, maxPackets = 100 } = options;
  const strings = new StringTable();
  const rules = new RuleIndex(strings);
  rules.add(0, [testTable]);
  const trace = new ScriptedSource();
  const changes = new ScriptedSource();
  const time: { ms: number; generation?: number } = { ms: 0 };
  const batches: JsonRow[][] = [];
  const changed: number[] = [];
  const losses: [string, number, number, number][] = [];
  const interfaces = { name: (index: number) => `eth${index}` };
  const loop = new CaptureLoop({
    trace,
    changes,
    clock: { now_us: () => start_us + time.ms * 1000, monotonic_ms: () => time.ms },
    generations: { ask: () => time.generation },
    decoder: new TraceDecoder(new ByteInterner(strings)),
    rules,
    assembler: new Assembler(strings, interfaces, rules, { ...defaultAssemblerOptions, maxPackets }),
    batch: new ColumnBatch(capacity, strings),
    enricher: { use: () => undefined },
    strings: { tidy: () => undefined },
    linger_ms: 100,
    deliver: (batch) => {
      batches.push(Array.from({ length: batch.rows }, (_, row) => jsonRow(batch, row)));
      return delivers;
    },
    rulesetChanged: (generation) => changed.push(generation),
    // in ms of the test's clock
    lost: (cause, events, from_us, until_us) => losses.push([cause, events, ms(from_us), ms(until_us)]),
  });
  return { loop, trace, changes, time, batches, changed, losses };
}

describe('CaptureLoop', () => {
  it('delivers when the oldest row is as old as linger', () => {
    const { loop, trace, time, batches } = rig();
    trace.add(datagram(1));
    loop.pass();
    time.ms = 99;
    loop.pass();
    expect(batches).toEqual([]);
    time.ms = 100;
    loop.pass();
    expect(batches.map((rows) => rows.map((r) => [r.rule, r.fate]))).toEqual([
      [
        ['meta nftrace set 1', 'dropped'],
        ['tcp dport 8443 drop', 'dropped'],
      ],
    ]);
  });

  it('delivers when a batch is full, and never splits a packet', () => {
    const { loop, trace, batches } = rig({ capacity: 5 });
    trace.add([1, 2, 3].flatMap(datagram));
    loop.pass();
    loop.finish();
    expect(batches.map((rows) => rows.length)).toEqual([4, 2]);
  });

  it('waits long when nothing is held, and shortly when a packet is open', () => {
    const { loop, trace } = rig();
    trace.add('nothing', [datagram(1)[0] ?? new Uint8Array()]);
    loop.pass();
    loop.pass();
    loop.pass();
    expect(trace.timeouts_ms).toEqual([100, 100, 5]);
  });

  it('heeds what came during the wait before it takes in the events that ended it', () => {
    const { loop, trace } = rig();
    trace.add(datagram(1));
    const seen: [string, number][] = [];
    loop.pass(() => seen.push([`${trace.timeouts_ms.length} receive`, loop.counts.events]));
    expect(seen).toEqual([['1 receive', 0]]);
    expect(loop.counts.events).toBe(2);
  });

  it('counts malformed messages and goes on', () => {
    const { loop, trace, batches, losses } = rig();
    const cut = traceMessage({ handle: 1 }).subarray(0, 40);
    trace.add([new Uint8Array(3), ...datagram(1), cut, Buffer.alloc(20, 0xff)]);
    loop.pass();
    loop.finish();
    expect(loop.counts).toMatchObject({ malformed: 2, events: 2, rows: 2 });
    expect(losses).toEqual([
      ['malformed', 1, 0, 0],
      ['malformed', 1, 0, 0],
    ]);
    expect(batches.flat()).toHaveLength(2);
  });

  it('counts what an overrun lost, and marks the packets that are open where the queue ends', () => {
    const { loop, trace, batches } = rig();
    const whole = Array.from({ length: 128 }, (_, id) => datagram(id)).flat();
    trace.add({ overrun: 17 }, whole, [datagram(1000)[0] ?? new Uint8Array()]);
    loop.pass();
    loop.pass();
    expect(loop.counts.overrun).toBe(0);
    loop.pass();
    expect(loop.counts.overrun).toBe(17);
    trace.add([...datagram(2000)]);
    loop.finish();
    const fates = batches.flat().map((r) => r.fate);
    expect(fates.filter((fate) => fate === 'unknown')).toHaveLength(1);
    expect(fates.filter((fate) => fate === 'dropped')).toHaveLength(2 * 129);
  });

  it('marks the packets that are open at the gap, where the socket tells it between full receives', () => {
    const { loop, trace, batches } = rig({ maxPackets: 1000, capacity: 2000 });
    const full = (from: number) => Array.from({ length: 128 }, (_, i) => datagram(from + i)).flat();
    const [open = new Uint8Array()] = datagram(5000);
    trace.add({ overrun: 17 }, full(0), [open], 'gap', full(1000), full(2000));
    for (let receive = 0; receive < 6; receive++) loop.pass();
    loop.finish();
    expect(loop.counts.overrun).toBe(17);
    const unsure = batches.flat().filter((r) => r.fate === 'unknown');
    expect(unsure.map((r) => r.ip_ident)).toEqual([5000]);
    expect(batches.flat().filter((r) => r.fate === 'dropped')).toHaveLength(2 * 3 * 128);
  });

  it('dates an overrun from the last receive that surely came before it to the end of the queue', () => {
    const { loop, trace, time, losses } = rig();
    const at = (now: number): void => {
      time.ms = now;
      loop.pass();
    };
    trace.add(
      datagram(1),
      datagram(2),
      { overrun: 17 },
      Array.from({ length: 128 }, (_, id) => datagram(id)).flat(),
    );
    at(100);
    at(200);
    at(1000);
    at(1010);
    expect(losses).toEqual([]);
    at(1020);
    trace.add({ overrun: 3 });
    at(5000);
    at(5001);
    expect(losses).toEqual([
      ['overrun', 17, 100, 1020],
      ['overrun', 3, 1010, 5001],
    ]);
    expect(loop.counts.overrun).toBe(20);
  });

  it('closes no packet while the socket still holds events, however long it takes to read them', () => {
    const { loop, trace, time, batches } = rig({ maxPackets: 1000, capacity: 2000 });
    const [begin, end] = datagram(1) as [Uint8Array, Uint8Array];
    const others = Array.from({ length: 255 }, (_, id) => datagram(100 + id)[0] ?? new Uint8Array());
    trace.add([begin, ...others], [end]);
    loop.pass();
    time.ms = 500;
    loop.pass();
    loop.finish();
    const rows = batches.flat().filter((r) => r.ip_ident === 1);
    expect(rows.map((r) => [r.hop, r.fate])).toEqual([
      [0, 'dropped'],
      [1, 'dropped'],
    ]);
  });

  it('closes a packet that has been silent for 20 ms of a drained socket', () => {
    const { loop, trace, time, batches } = rig();
    trace.add([datagram(1)[0] ?? new Uint8Array()]);
    loop.pass();
    time.ms = 19;
    loop.pass();
    trace.add([datagram(1)[1] ?? new Uint8Array()]);
    loop.pass();
    loop.finish();
    expect(batches.flat().map((r) => r.fate)).toEqual(['dropped', 'dropped']);
    trace.add([datagram(2)[0] ?? new Uint8Array()]);
    loop.pass();
    time.ms += 20;
    loop.pass();
    trace.add([datagram(2)[1] ?? new Uint8Array()]);
    loop.pass();
    loop.finish();
    expect(loop.counts.packets).toBe(3);
  });

  it('sees the end of the queue when there is nothing at all', () => {
    const { loop, trace } = rig();
    trace.add({ overrun: 5 });
    loop.pass();
    loop.pass();
    expect(loop.counts.overrun).toBe(5);
  });

  it('gives the events after a change the new text, and those before it the old one', () => {
    const { loop, trace, changes, changed, time, batches } = rig();
    changes.add([generationMessage(57)]);
    trace.add([...datagram(1), generationMessage(57), ...datagram(2)]);
    loop.pass();
    expect(changed).toEqual([57]);
    time.ms = 500;
    loop.pass();
    expect(batches.flat().map((r) => [r.ip_ident, r.table_version])).toEqual([
      [1, 'v1'],
      [1, 'v1'],
    ]);
    loop.takeRuleset(57, [{ ...testTable, version: 'v2' }]);
    loop.pass();
    loop.finish();
    expect(batches.flat().map((r) => r.table_version)).toEqual(['v1', 'v1', 'v2', 'v2']);
  });

  it('says of what may have met the old ruleset or the new one that it is unknown', () => {
    const { loop, trace, time, batches } = rig();
    const changed = testTable.rules as RuleFacts[];
    const receive = (answer: number, ...messages: Uint8Array[]): void => {
      time.generation = answer;
      trace.add(messages);
      loop.pass();
    };
    receive(0, ...datagram(1));
    receive(57, ...datagram(2));
    receive(57, ...datagram(3), generationMessage(57), ...datagram(4));
    receive(57, ...datagram(5));
    const rules = changed.map((rule) => ({ ...rule, text: `new ${rule.text}` }));
    loop.takeRuleset(57, [{ ...testTable, handle: 2, version: 'v2', rules }]);
    loop.finish();
    const rows = batches.flat().filter((row) => row.handle === '4');
    expect(rows.map((row) => [row.rule, row.table_version])).toEqual([
      ['meta nftrace set 1', 'v1'],
      ['unknown rule', ''],
      ['unknown rule', ''],
      ['new meta nftrace set 1', 'v2'],
      ['new meta nftrace set 1', 'v2'],
    ]);
  });

  it('asks for a listing once a generation, from whichever socket tells first', () => {
    const { loop, trace, changes, changed } = rig();
    changes.add([generationMessage(8), new Uint8Array(30)], [generationMessage(9)]);
    trace.add([generationMessage(8), generationMessage(9), generationMessage(10)]);
    loop.pass();
    expect(changed).toEqual([8, 9, 10]);
  });

  it('asks for a listing when notifications were lost', () => {
    const { loop, changes, changed } = rig();
    changes.add([generationMessage(3)], { overrun: 3 });
    loop.pass();
    expect(changed).toEqual([3, 3]);
  });

  it('counts the rows that nobody took', () => {
    const { loop, trace, time, losses } = rig({ delivers: false });
    trace.add(datagram(1));
    time.ms = 30;
    loop.pass();
    time.ms = 70;
    loop.finish();
    expect(loop.counts).toMatchObject({ rows: 0, backlog: 2 });
    expect(losses).toEqual([['backlog', 2, 30, 30]]);
  });

  it('makes room by closing the oldest packet when more are open than it can hold', () => {
    const { loop, trace, batches } = rig({ maxPackets: 4 });
    trace.add(Array.from({ length: 50 }, (_, id) => datagram(id)[0] ?? new Uint8Array()));
    loop.pass();
    loop.finish();
    expect(batches.flat()).toHaveLength(50);
    expect(loop.counts).toMatchObject({ events: 50, packets: 50, rows: 50, evicted: 46 });
  });

  it('accounts for every event at its end', () => {
    const { loop, trace } = rig();
    trace.add(datagram(1), [...datagram(2), traceMessage({ id: 3 })]);
    loop.finish();
    const { events, rows, merged, backlog } = loop.counts;
    expect(events).toBe(5);
    expect(rows + merged + backlog).toBe(events);
  });

  it('says when rows came that it had to throw away, be it a batch that filled up at once', () => {
    const { loop, trace, time, losses } = rig({ capacity: 4, delivers: false });
    time.ms = 1000;
    trace.add([1, 2, 3].flatMap(datagram));
    loop.pass();
    expect(losses).toEqual([['backlog', 4, 1000, 1000]]);
  });
});
