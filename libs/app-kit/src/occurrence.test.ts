import { afterEach, describe, expect, it, vi } from 'vitest';
import { Counters, type LogFields, Metrics, occurrence, occurrenceMetrics, Occurrences } from './index.js';

const failed = occurrence<{ work: string; reason: string }>({
  event: 'work_failed',
  level: 'warn',
  message: ({ work, reason }) => `${work} failed (${reason}); it is tried again`,
  metric: { counter: 'work_failures', help: 'Tries that failed', label: 'work', values: ['verify'] },
  cause: ({ work }) => work,
  repeats: ({ work }) => work,
});
const repaired = occurrence<{ batches: number }>({
  event: 'batches_repaired',
  level: 'info',
  message: ({ batches }) => `${batches} batches were repaired`,
  metric: { counter: 'batches_repaired', help: 'Batches' },
  count: ({ batches }) => batches,
});
const silent = occurrence<{ agent: string }>({
  event: 'agent_seen',
  level: 'debug',
  message: ({ agent }) => `${agent} is there`,
});

interface Told {
  readonly level: string;
  readonly message: string;
  readonly fields: LogFields;
}

function log() {
  const lines: Told[] = [];
  const never = (): never => expect.unreachable('a log with `tell` is told');
  const tell = (level: string, message: string, fields: LogFields): void =>
    void lines.push({ level, message, fields });
  return { lines, debug: never, log: never, warn: never, error: never, tell };
}

afterEach(() => {
  vi.useRealTimers();
});

describe('Occurrences', () => {
  it('count each, and write its line with its name and facts', () => {
    const [counters, told] = [new Counters(), log()];
    const occurrences = new Occurrences(told, counters);
    occurrences.tell(repaired, { batches: 3 });
    occurrences.tell(silent, { agent: 'web1' });
    expect(told.lines).toEqual([
      {
        level: 'info',
        message: '3 batches were repaired',
        fields: { event: 'batches_repaired', batches: 3 },
      },
      { level: 'debug', message: 'web1 is there', fields: { event: 'agent_seen', agent: 'web1' } },
    ]);
    expect(counters.snapshot()).toEqual([{ name: 'batches_repaired', cause: '', value: 3 }]);
  });

  it('count all of what comes again and again, and gather its lines by key', () => {
    vi.useFakeTimers();
    const [counters, told] = [new Counters(), log()];
    const occurrences = new Occurrences(told, counters, 1000);
    for (const reason of ['a', 'b', 'c']) occurrences.tell(failed, { work: 'rollup', reason });
    occurrences.tell(failed, { work: 'verify', reason: 'd' });
    vi.advanceTimersByTime(1000);
    expect(told.lines.map(({ message }) => message)).toEqual([
      'rollup failed (a); it is tried again',
      'verify failed (d); it is tried again',
      'rollup failed (c); it is tried again (2 more in the last 1 s)',
    ]);
    expect(told.lines[2]?.fields).toEqual({ event: 'work_failed', work: 'rollup', reason: 'c', again: 2 });
    expect(counters.counter('work_failures', 'rollup').value).toBe(3);
  });

  it('write the sentence alone to a log that takes no fields', () => {
    const lines: string[] = [];
    const write = (message: string): void => void lines.push(message);
    const plain = { debug: write, log: write, warn: write, error: write };
    new Occurrences(plain, new Counters()).tell(repaired, { batches: 1 });
    expect(lines).toEqual(['1 batches were repaired']);
  });

  it('are metrics, with the values that are known from the start', async () => {
    const counters = new Counters();
    const again = { ...failed, event: 'work_failed_again' };
    const metrics = occurrenceMetrics('visor_test', counters, [failed, again, repaired, silent]);
    expect(metrics.map(({ name }) => name)).toEqual([
      'visor_test_work_failures_total',
      'visor_test_batches_repaired_total',
    ]);
    new Occurrences(log(), counters).tell(failed, { work: 'rollup', reason: 'a' });
    const text = await new Metrics({ prefix: 'visor_test', version: '1', metrics }).text();
    expect(text.split('\n')).toEqual(
      expect.arrayContaining([
        'visor_test_work_failures_total{work="verify"} 0',
        'visor_test_work_failures_total{work="rollup"} 1',
        'visor_test_batches_repaired_total 0',
      ]),
    );
  });
});
