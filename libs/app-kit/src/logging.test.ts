import { afterEach, describe, expect, it, vi } from 'vitest';
import { Counters, createLogger, Repeats, type Log } from './index.js';

afterEach(() => {
  vi.restoreAllMocks();
  vi.useRealTimers();
});

describe('createLogger', () => {
  it('writes JSON lines from its level up to stderr, nothing to stdout', () => {
    const lines: string[] = [];
    vi.spyOn(process.stderr, 'write').mockImplementation((text) => lines.push(String(text)) > 0);
    const out = vi.spyOn(process.stdout, 'write').mockReturnValue(true);
    const log = createLogger({ name: 'demo', level: 'warn', format: 'json' });
    log.log('quiet');
    log.warn('careful', 'Where');
    log.error('bad');
    expect(out).not.toHaveBeenCalled();
    expect(lines.map((line) => JSON.parse(line) as object)).toMatchObject([
      { level: 'warn', message: 'careful', context: 'Where' },
      { level: 'error', message: 'bad' },
    ]);
  });

  it('writes text when asked to', () => {
    const write = vi.spyOn(process.stderr, 'write').mockReturnValue(true);
    createLogger({ name: 'demo', level: 'info', format: 'text' }).log('hello');
    expect(String(write.mock.calls[0]?.[0])).toMatch(/\[demo\].*LOG hello\n$/);
  });
});

describe('Repeats', () => {
  it('writes a message once, then how often it came', () => {
    vi.useFakeTimers();
    const lines: string[] = [];
    const warn = (message: string): void => void lines.push(message);
    const repeats = new Repeats({ debug: warn, log: warn, warn, error: warn } satisfies Log, 30_000);
    for (let i = 1; i <= 4; i++) repeats.warn('away', `NATS is away, try ${i}`);
    repeats.warn('other', 'once');
    expect(lines).toEqual(['NATS is away, try 1', 'once']);
    vi.advanceTimersByTime(30_000);
    expect(lines.slice(2)).toEqual(['NATS is away, try 4 (3 more in the last 30 s)']);
    repeats.warn('away', 'again');
    repeats.flush();
    expect(lines.slice(3)).toEqual(['again']);
  });
});

describe('Counters', () => {
  it('counts by name and cause', () => {
    const counters = new Counters();
    counters.counter('lost_rows', 'overrun').add(3);
    counters.counter('lost_rows', 'overrun').add();
    counters.counter('stored_rows').add(2);
    expect(counters.snapshot()).toEqual([
      { name: 'lost_rows', cause: 'overrun', value: 4 },
      { name: 'stored_rows', cause: '', value: 2 },
    ]);
  });
});
