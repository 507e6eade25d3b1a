import { EventEmitter } from 'node:events';
import { afterEach, describe, expect, it, vi } from 'vitest';
import {
  Counters,
  createLogger,
  type DaemonLogger,
  levelBySignal,
  type Log,
  type LogFormat,
  type LogLevelName,
  Repeats,
  withLogFields,
} from './index.js';

afterEach(() => {
  vi.restoreAllMocks();
  vi.useRealTimers();
});

/** A logger, and what it has written to stderr so far. */
function logging(level: LogLevelName, format: LogFormat): { log: DaemonLogger; lines: string[] } {
  const lines: string[] = [];
  vi.spyOn(process.stderr, 'write').mockImplementation((text) => lines.push(String(text)) > 0);
  return { log: createLogger({ name: 'demo', level, format }), lines };
}

const parsed = (lines: readonly string[]) => lines.map((line) => JSON.parse(line) as object);

describe('createLogger', () => {
  it('writes JSON lines from its level up to stderr, nothing to stdout', () => {
    const out = vi.spyOn(process.stdout, 'write').mockReturnValue(true);
    const { log, lines } = logging('warn', 'json');
    log.log('quiet');
    log.warn('careful', 'Where');
    log.error('bad');
    expect(out).not.toHaveBeenCalled();
    expect(parsed(lines)).toMatchObject([
      { level: 'warn', name: 'demo', pid: process.pid, message: 'careful', context: 'Where' },
      { level: 'error', message: 'bad' },
    ]);
    expect(parsed(lines)[0]).toHaveProperty('time', expect.stringMatching(/^\d{4}-.*Z$/));
  });

  it('writes text when asked to', () => {
    const { log, lines } = logging('info', 'text');
    log.log('hello', 'Where');
    expect(lines).toEqual([expect.stringMatching(/^\[demo\] \d+ {2}- \d{4}-\S+Z {5}LOG \[Where\] hello\n$/)]);
  });

  it('writes one line for an error, its stack in it, as Nest gives it', () => {
    const { log, lines } = logging('info', 'text');
    const { stack = '' } = new Error('boom');
    log.error('it failed', stack, 'Where');
    log.error(new Error('alone'));
    expect(lines).toEqual([
      expect.stringMatching(/ERROR \[Where\] it failed \| Error: boom \| at .*logging\.test.*\n$/),
      expect.stringMatching(/ERROR Error: alone \| at /),
    ]);
    expect(lines.map((line) => line.split('\n').length)).toEqual([2, 2]);
  });

  it.each([
    'NestFactory',
    'InstanceLoader',
    'RoutesResolver',
    'RouterExplorer',
    'NestApplication',
    'NestMicroservice',
  ])('tells of the start of Nest itself at debug alone: %s', (context) => {
    const { log, lines } = logging('info', 'json');
    const tell = (): void => {
      log.log('Mapped {/healthz, GET} route', context);
      log.error('no provider', undefined, context);
    };
    tell();
    expect(lines).toEqual([]);
    log.level = 'debug';
    tell();
    expect(parsed(lines)).toMatchObject([
      { level: 'debug', context },
      { level: 'debug', context },
    ]);
  });

  it('has every level that Nest calls, and one line for whatever it is called with', () => {
    const { log, lines } = logging('debug', 'json');
    log.verbose('much', 'Where');
    log.fatal('the end', 'Where');
    log.log({ of: { two: 'lines\nof text' }, more: 'x'.repeat(100) });
    // More to tell comes before who tells.
    log.warn('careful', 'more', 'Where');
    expect(parsed(lines)).toMatchObject([
      { level: 'debug', message: 'much', context: 'Where' },
      { level: 'fatal', message: 'the end', context: 'Where' },
      { level: 'info', message: `{ of: { two: 'lines\\nof text' }, more: '${'x'.repeat(100)}' }` },
      { level: 'warn', message: 'careful', context: 'Where' },
    ]);
  });

  it('has colours on a terminal alone', () => {
    const isTTY = Object.getOwnPropertyDescriptor(process.stderr, 'isTTY');
    try {
      for (const terminal of [true, false]) {
        Object.defineProperty(process.stderr, 'isTTY', { value: terminal, configurable: true });
        const { log, lines } = logging('info', 'text');
        log.warn('careful');
        expect(lines[0]?.includes('\x1b[33m')).toBe(terminal);
        vi.restoreAllMocks();
      }
    } finally {
      if (isTTY) Object.defineProperty(process.stderr, 'isTTY', isTTY);
      else Reflect.deleteProperty(process.stderr, 'isTTY');
    }
  });

  it('counts lines that stderr did not take, and tells of them when it takes some again', () => {
    const lines: string[] = [];
    let full = true;
    type Done = (error?: Error) => void;
    vi.spyOn(process.stderr, 'write').mockImplementation((text, done) => {
      if (!full) lines.push(String(text));
      (done as unknown as Done)(full ? Object.assign(new Error('no space'), { code: 'ENOSPC' }) : undefined);
      return true;
    });
    const log = createLogger({ name: 'demo', level: 'info', format: 'json' });
    log.log('one');
    log.log('two');
    expect(log.lostLines).toBe(2);
    full = false;
    log.log('three');
    expect(parsed(lines)).toMatchObject([
      { message: 'three' },
      {
        level: 'warn',
        event: 'log_lines_lost',
        lines: 2,
        reason: 'ENOSPC',
        message: '2 lines of the log could not be written (ENOSPC)',
      },
    ]);
    expect(log.lostLines).toBe(2);
  });

  it('names the part of the program that tells', () => {
    const { log, lines } = logging('info', 'json');
    const part = log.of('agent');
    part.warn('careful');
    part.tell('error', 'lost', { event: 'events_lost', events: 3 });
    part.debug('quiet');
    part.log('begun');
    part.error('bad');
    log.level = 'debug';
    part.debug('loud');
    expect(parsed(lines)).toMatchObject([
      { context: 'agent', level: 'warn', message: 'careful' },
      { context: 'agent', level: 'error', message: 'lost', event: 'events_lost', events: 3 },
      { context: 'agent', level: 'info', message: 'begun' },
      { context: 'agent', level: 'error', message: 'bad' },
      { context: 'agent', level: 'debug', message: 'loud' },
    ]);
    expect(lines).toHaveLength(5);
  });

  it('has fields beside the sentence: those given, and those of what runs', async () => {
    const { log, lines } = logging('info', 'json');
    await withLogFields({ request_id: 'r1' }, async () => {
      await Promise.resolve();
      log.tell('warn', 'slow', { event: 'slow_query', seconds: 3 });
      withLogFields({ agent: 'web1' }, () => log.log('inner'));
      withLogFields({ request_id: 'r2' }, () => log.log('its own'));
    });
    log.log('outside');
    expect(parsed(lines)).toMatchObject([
      { message: 'slow', level: 'warn', event: 'slow_query', seconds: 3, request_id: 'r1' },
      { message: 'inner', request_id: 'r1', agent: 'web1' },
      { message: 'its own', request_id: 'r2' },
      { message: 'outside' },
    ]);
    expect(parsed(lines)[3]).not.toHaveProperty('request_id');
  });
});

describe('levelBySignal', () => {
  it.each([
    ['warn', ['debug', 'warn', 'debug']],
    ['debug', ['info', 'debug', 'info']],
  ] as const)('turns %s to and fro', (configured, levels) => {
    const { log, lines } = logging(configured, 'json');
    const signals = new EventEmitter();
    const undo = levelBySignal(log, signals);
    for (const [at, level] of levels.entries()) {
      signals.emit('SIGUSR2');
      expect(log.level).toBe(level);
      const next = level === configured ? levels[0] : configured;
      const message = `logger.level is ${level} from now on; SIGUSR2 again sets it to ${next}`;
      expect(parsed(lines)[at]).toMatchObject({ level: 'info', message });
    }
    expect(lines).toHaveLength(3);
    undo();
    signals.emit('SIGUSR2');
    expect(log.level).toBe(levels[2]);
  });
});

describe('Repeats', () => {
  it('tells whether a line was written now, and how many more there were beside the sentence', () => {
    const { log, lines } = logging('debug', 'json');
    const repeats = new Repeats(log);
    const line = { level: 'warn', message: 'slow', fields: { event: 'slow_query' } } as const;
    expect([repeats.tell('a', line), repeats.tell('a', line)]).toEqual([true, false]);
    repeats.flush();
    expect(parsed(lines)[1]).toMatchObject({
      event: 'slow_query',
      again: 1,
      message: 'slow (1 more in the last 30 s)',
    });
  });

  it('has a line of each level in a log that takes no fields', () => {
    const lines: string[] = [];
    const of = (name: string) => (message: string) => void lines.push(`${name} ${message}`);
    const log = { debug: of('debug'), log: of('log'), warn: of('warn'), error: of('error') } satisfies Log;
    const repeats = new Repeats(log);
    for (const level of ['debug', 'info', 'warn', 'error'] as const)
      repeats.tell(level, { level, message: 'x', fields: {} });
    repeats.flush();
    expect(lines).toEqual(['debug x', 'log x', 'warn x', 'error x']);
  });

  it('sums up without the fields of the request at which the first was told', async () => {
    const { log, lines } = logging('info', 'json');
    const repeats = new Repeats(log, 5);
    withLogFields({ request_id: 'r1' }, () => {
      for (const text of ['one', 'two']) repeats.warn('key', text);
    });
    await expect.poll(() => lines.length, { timeout: 20_000 }).toBe(2);
    expect(parsed(lines)).toMatchObject([
      { request_id: 'r1' },
      { message: expect.stringMatching(/^two/) as string },
    ]);
    expect(parsed(lines)[1]).not.toHaveProperty('request_id');
  });

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
