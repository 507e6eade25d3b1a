import { describe, expect, it } from 'vitest';
import { testDatagram, traceMessage } from '#testing/nftrace';
import { captureRig } from './testing/rig.js';

describe('CaptureLoop', () => {
  it('delivers when the oldest row is as old as linger', () => {
    const { loop, trace, time, batches } = captureRig();
    trace.add(testDatagram(1));
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
    const { loop, trace, batches } = captureRig({ capacity: 5 });
    trace.add([1, 2, 3].flatMap(testDatagram));
    loop.pass();
    loop.finish();
    expect(batches.map((rows) => rows.length)).toEqual([4, 2]);
  });

  it('waits long when nothing is held, and shortly when a packet is open', () => {
    const { loop, trace } = captureRig();
    trace.add('nothing', [testDatagram(1)[0] ?? new Uint8Array()]);
    loop.pass();
    loop.pass();
    loop.pass();
    expect(trace.timeouts_ms).toEqual([100, 100, 5]);
  });

  it('heeds what came during the wait before it takes in the events that ended it', () => {
    const { loop, trace } = captureRig();
    trace.add(testDatagram(1));
    const seen: [string, number][] = [];
    loop.pass(() => seen.push([`${trace.timeouts_ms.length} receive`, loop.counts.events]));
    expect(seen).toEqual([['1 receive', 0]]);
    expect(loop.counts.events).toBe(2);
  });

  it('counts malformed messages and goes on', () => {
    const { loop, trace, batches, losses } = captureRig();
    const cut = traceMessage({ handle: 1 }).subarray(0, 40);
    trace.add([new Uint8Array(3), ...testDatagram(1), cut, Buffer.alloc(20, 0xff)]);
    loop.pass();
    loop.finish();
    expect(loop.counts).toMatchObject({ malformed: 2, events: 2, rows: 2 });
    expect(losses).toEqual([
      ['malformed', 1, 0, 0],
      ['malformed', 1, 0, 0],
    ]);
    expect(batches.flat()).toHaveLength(2);
  });

  it('closes a packet that has been silent for 20 ms of a drained socket', () => {
    const { loop, trace, time, batches } = captureRig();
    trace.add([testDatagram(1)[0] ?? new Uint8Array()]);
    loop.pass();
    time.ms = 19;
    loop.pass();
    trace.add([testDatagram(1)[1] ?? new Uint8Array()]);
    loop.pass();
    loop.finish();
    expect(batches.flat().map((r) => r.fate)).toEqual(['dropped', 'dropped']);
    trace.add([testDatagram(2)[0] ?? new Uint8Array()]);
    loop.pass();
    time.ms += 20;
    loop.pass();
    trace.add([testDatagram(2)[1] ?? new Uint8Array()]);
    loop.pass();
    loop.finish();
    expect(loop.counts.packets).toBe(3);
  });

  it('counts the rows that nobody took', () => {
    const { loop, trace, time, losses } = captureRig({ delivers: false });
    trace.add(testDatagram(1));
    time.ms = 30;
    loop.pass();
    time.ms = 70;
    loop.finish();
    expect(loop.counts).toMatchObject({ rows: 0, backlog: 2 });
    expect(losses).toEqual([['backlog', 2, 30, 30]]);
  });

  it('makes room by closing the oldest packet when more are open than it can hold', () => {
    const { loop, trace, batches } = captureRig({ maxPackets: 4 });
    trace.add(Array.from({ length: 50 }, (_, id) => testDatagram(id)[0] ?? new Uint8Array()));
    loop.pass();
    loop.finish();
    expect(batches.flat()).toHaveLength(50);
    expect(loop.counts).toMatchObject({ events: 50, packets: 50, rows: 50, evicted: 46 });
  });

  it('accounts for every event at its end', () => {
    const { loop, trace } = captureRig();
    trace.add(testDatagram(1), [...testDatagram(2), traceMessage({ id: 3 })]);
    loop.finish();
    const { events, rows, merged, backlog } = loop.counts;
    expect(events).toBe(5);
    expect(rows + merged + backlog).toBe(events);
  });

  it('says when rows came that it had to throw away, be it a batch that filled up at once', () => {
    const { loop, trace, time, losses } = captureRig({ capacity: 4, delivers: false });
    time.ms = 1000;
    trace.add([1, 2, 3].flatMap(testDatagram));
    loop.pass();
    expect(losses).toEqual([['backlog', 4, 1000, 1000]]);
  });
});
