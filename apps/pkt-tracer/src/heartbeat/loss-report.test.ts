import { recordingLog } from '#testing/bus';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { LossReport } from './loss-report.js';

const at = Date.UTC(2026, 10, 21, 14, 3, 11) * 1000;
const loss = { netns: '', cause: 'overrun', events: 10, from_us: at, until_us: at + 1e6 };

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

describe('LossReport', () => {
  it('tells the first at once, and the sum of the next when the interval is over', () => {
    const log = recordingLog();
    const report = new LossReport(log, 30_000);
    report.add(loss);
    report.add({ ...loss, events: 3, until_us: at + 3e6 });
    report.add({ ...loss, events: 4 });
    const [first, later] = [
      'EVENTS LOST: 10 between 2026-11-21T14:03:11Z and 2026-11-21T14:03:12Z (receive buffer overrun); raise capture.receive-buffer or tag fewer rules',
      'EVENTS LOST: 7 between 2026-11-21T14:03:11Z and 2026-11-21T14:03:14Z (receive buffer overrun); raise capture.receive-buffer or tag fewer rules',
    ];
    expect(log.lines).toEqual([first]);
    vi.advanceTimersByTime(30_000);
    expect(log.lines).toEqual([first, later]);
    vi.advanceTimersByTime(60_000);
    expect(log.lines).toHaveLength(2);
    report.add(loss);
    expect(log.lines).toHaveLength(3);
  });

  it('keeps causes and namespaces apart, and tells the rest when flushed', () => {
    const log = recordingLog();
    const report = new LossReport(log);
    const odd = { ...loss, netns: 'blue', cause: 'odd', until_us: at };
    report.add(loss);
    report.add(odd);
    report.add({ ...odd, events: 1 });
    report.flush();
    expect(log.lines.slice(1)).toEqual([
      'EVENTS LOST: 10 in netns blue at 2026-11-21T14:03:11Z (odd)',
      'EVENTS LOST: 1 in netns blue at 2026-11-21T14:03:11Z (odd)',
    ]);
    report.flush();
    expect(log.lines).toHaveLength(3);
  });
});
