import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type Loss, LossLog } from './loss-log.js';

const loss = (from_s: number, until_s: number, values: Partial<Loss> = {}): Loss => ({
  netns: '',
  cause: 'overrun',
  events: 10,
  from_us: from_s * 1e6,
  until_us: until_s * 1e6,
  ...values,
});

function logOf(capacity: number, ...losses: Loss[]): LossLog {
  const log = new LossLog(capacity);
  for (const each of losses) log.add(each);
  return log;
}

describe('LossLog', () => {
  it('joins losses that are a second apart or less, and no others', () => {
    const log = logOf(100, loss(1, 2), loss(3, 4), loss(5.1, 6));
    expect(log.records).toEqual([
      { seq: 1, ...loss(1, 4), events: 20 },
      { seq: 2, ...loss(5.1, 6) },
    ]);
  });

  it('keeps namespaces and causes apart, also where they interleave', () => {
    const log = logOf(
      100,
      loss(1, 2),
      loss(1, 2, { netns: 'blue' }),
      loss(2, 3, { cause: 'backlog' }),
      loss(2, 3),
    );
    expect(log.records.map((r) => [r.seq, r.netns, r.cause, r.events, r.until_us])).toEqual([
      [1, '', 'overrun', 20, 3e6],
      [2, 'blue', 'overrun', 10, 2e6],
      [3, '', 'backlog', 10, 3e6],
    ]);
  });

  it('leaves out what lost nothing', () => {
    expect(logOf(100, loss(1, 2, { events: 0 })).records).toEqual([]);
  });

  it('makes one of the two oldest of a cause when it is full', () => {
    const blue = { netns: 'blue' };
    const log = logOf(3, loss(1, 1, { cause: 'backlog' }), loss(10, 11), loss(20, 21), loss(30, 31));
    expect(
      log.records.map((r) => [r.first_seq, r.seq, r.cause, r.events, r.from_us / 1e6, r.until_us / 1e6]),
    ).toEqual([
      [undefined, 1, 'backlog', 10, 1, 1],
      [2, 3, 'overrun', 20, 10, 21],
      [undefined, 4, 'overrun', 10, 30, 31],
    ]);
    log.add(loss(40, 41, blue));
    log.add(loss(50, 51, blue));
    expect(log.records.map((r) => [r.first_seq, r.seq, r.netns, r.events])).toEqual([
      [undefined, 1, '', 10],
      [2, 5, '*', 40],
      [undefined, 6, 'blue', 10],
    ]);
  });

  it('never forgets an event, whatever comes; a record stands for all of its cause in its range', () => {
    const some = fc.record({
      netns: fc.constantFrom('', 'blue', 'green'),
      cause: fc.constantFrom('overrun', 'backlog', 'queue_full'),
      events: fc.integer({ min: 1, max: 1000 }),
      from_us: fc.integer({ min: 0, max: 300e6 }),
      until_us: fc.constant(0),
    });
    fc.assert(
      fc.property(fc.array(some, { maxLength: 60 }), (list) => {
        const log = new LossLog(5);
        for (const each of list) log.add({ ...each, until_us: each.from_us });
        const sum = (losses: readonly Loss[]) => losses.reduce((total, each) => total + each.events, 0);
        expect(sum(log.records)).toBe(sum(list));
        expect(log.records.length).toBeLessThanOrEqual(5);
        const seqs = log.records.map((r) => r.seq);
        expect(seqs).toEqual([...seqs].sort((a, b) => a - b));
        for (const one of log.records) {
          const within = (r: { seq: number; cause: string }) =>
            r.cause === one.cause && r.seq >= (one.first_seq ?? one.seq) && r.seq <= one.seq;
          expect(log.records.filter(within)).toEqual([one]);
        }
      }),
    );
  });
});
