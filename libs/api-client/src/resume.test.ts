import { describe, expect, it } from 'vitest';
import { Resume } from './resume.js';

const row = (packet: number, ts: string, hop = 0): string =>
  JSON.stringify({ ts: `2026-11-21T10:00:${ts}Z`, packet_id: String(packet), hop });

describe('Resume', () => {
  it('goes on from the start while no row has come', () => {
    expect(new Resume(Date.parse('2026-11-21T10:00:00.5Z')).since()).toBe('2026-11-21T10:00:00.500Z');
  });

  it('asks for what came shortly before the newest row, and knows it again', () => {
    const resume = new Resume(0);
    expect(
      [row(1, '20.000001'), row(2, '40.000001'), row(2, '40.000002', 1), row(3, '35')].map((r) =>
        resume.take(r),
      ),
    ).toEqual([true, true, true, true]);
    expect(resume.since()).toBe('2026-11-21T10:00:30.000Z');
    expect(
      [row(2, '40.000001'), row(2, '40.000002', 1), row(3, '35'), row(4, '36')].map((r) => resume.take(r)),
    ).toEqual([false, false, false, true]);
  });

  it('asks for nothing that it would not know again', () => {
    const resume = new Resume(0, 2);
    for (const [packet, ts] of [
      [1, '40'],
      [2, '41'],
      [3, '42'],
      [4, '43'],
    ] as const)
      resume.take(row(packet, ts));
    expect(resume.since()).toBe('2026-11-21T10:00:41.001Z');
  });

  it('leaves what is no row to its reader', () => {
    const resume = new Resume(0);
    for (const text of ['', '1', 'null', '{}', '{"packet_id":"1","ts":"then"}']) {
      expect([resume.take(text), resume.take(text)]).toEqual([true, true]);
    }
    expect(resume.received).toBe(false);
  });
});
