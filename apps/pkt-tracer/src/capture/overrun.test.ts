import { describe, expect, it } from 'vitest';
import { testDatagram } from '#testing/nftrace';
import { captureRig } from './testing/rig.js';

describe('an overrun', () => {
  it('counts what an overrun lost, and marks the packets that are open where the queue ends', () => {
    const { loop, trace, batches } = captureRig();
    const whole = Array.from({ length: 128 }, (_, id) => testDatagram(id)).flat();
    trace.add({ overrun: 17 }, whole, [testDatagram(1000)[0] ?? new Uint8Array()]);
    loop.pass();
    loop.pass();
    expect(loop.counts.overrun).toBe(0);
    loop.pass();
    expect(loop.counts.overrun).toBe(17);
    trace.add([...testDatagram(2000)]);
    loop.finish();
    const fates = batches.flat().map((r) => r.fate);
    expect(fates.filter((fate) => fate === 'unknown')).toHaveLength(1);
    expect(fates.filter((fate) => fate === 'dropped')).toHaveLength(2 * 129);
  });

  it('marks the packets that are open at the gap, where the socket tells it between full receives', () => {
    const { loop, trace, batches } = captureRig({ maxPackets: 1000, capacity: 2000 });
    const full = (from: number) => Array.from({ length: 128 }, (_, i) => testDatagram(from + i)).flat();
    const [open = new Uint8Array()] = testDatagram(5000);
    trace.add({ overrun: 17 }, full(0), [open], 'gap', full(1000), full(2000));
    for (let receive = 0; receive < 6; receive++) loop.pass();
    loop.finish();
    expect(loop.counts.overrun).toBe(17);
    const unsure = batches.flat().filter((r) => r.fate === 'unknown');
    expect(unsure.map((r) => r.ip_ident)).toEqual([5000]);
    expect(batches.flat().filter((r) => r.fate === 'dropped')).toHaveLength(2 * 3 * 128);
  });

  it('dates an overrun from the last receive that surely came before it to the end of the queue', () => {
    const { loop, trace, time, losses } = captureRig();
    const at = (now: number): void => {
      time.ms = now;
      loop.pass();
    };
    trace.add(
      testDatagram(1),
      testDatagram(2),
      { overrun: 17 },
      Array.from({ length: 128 }, (_, id) => testDatagram(id)).flat(),
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
    const { loop, trace, time, batches } = captureRig({ maxPackets: 1000, capacity: 2000 });
    const [begin, end] = testDatagram(1);
    const others = Array.from({ length: 255 }, (_, id) => testDatagram(100 + id)[0] ?? new Uint8Array());
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

  it('sees the end of the queue when there is nothing at all', () => {
    const { loop, trace } = captureRig();
    trace.add({ overrun: 5 });
    loop.pass();
    loop.pass();
    expect(loop.counts.overrun).toBe(5);
  });
});
