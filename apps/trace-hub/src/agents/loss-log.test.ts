import { describe, expect, it } from 'vitest';
import { lossJson, type LossNews } from './loss-json.js';
import { LossLog } from './loss-log.js';

const start = 1_795_300_000_000_000;

function news(log: LossLog, seq: number, at_s: number, { fresh = true, ended_s = at_s } = {}): LossNews {
  const until_us = start + ended_s * 1e6;
  const values = { agent_id: 'web1', netns: '', run: 'aa', seq, cause: 'overrun', events: 1, until_us };
  const at_us = log.timeOf(start / 1000 + at_s * 1000, fresh);
  return { loss: lossJson({ ...values, from_us: until_us }), until_us, at_us, fresh };
}

const seqs = (list: readonly LossNews[] | undefined) => list?.map(({ loss }) => loss.seq);

describe('LossLog', () => {
  it('tells what came after a cursor, and each time but once', () => {
    const log = new LossLog(start);
    const first = log.cursor_us;
    log.add(news(log, 1, 5));
    const second = log.cursor_us;
    // A clock that was set back, and the same moment again.
    log.add(news(log, 2, 3));
    log.add(news(log, 3, 3));
    expect([first, second].map((cursor) => seqs(log.after(cursor)))).toEqual([
      [1, 2, 3],
      [2, 3],
    ]);
    expect(seqs(log.after(log.cursor_us))).toEqual([]);
  });

  it('means the same at a hub that hears of an agent later', () => {
    const log = new LossLog(start + 100e6);
    log.add(news(log, 1, 90, { fresh: false }));
    log.add(news(log, 2, 90, { fresh: false, ended_s: 10 }));
    // All of it was told before, by another hub.
    expect(seqs(log.after(start + 95e6))).toEqual([]);
    // Some of it was; what ended long before the cursor is taken for that.
    expect(seqs(log.after(start + 85e6))).toEqual([1]);
  });

  it('says when it has forgotten what came after a cursor', () => {
    const log = new LossLog(start, 10);
    const first = log.cursor_us;
    for (let seq = 1; seq <= 11; seq++) log.add(news(log, seq, seq));
    expect(log.after(first)).toBeUndefined();
    expect(seqs(log.after(start + 1e6))).toEqual([2, 3, 4, 5, 6, 7, 8, 9, 10, 11]);
  });
});
