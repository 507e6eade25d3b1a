import { EventEmitter } from 'node:events';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { LogOutput, type LogStream } from './log-output.js';
import {
  Counters,
  createLogger,
  type DaemonLogger,
  levelBySignal,
  type Log,
  type LogFormat,
  type LogLevelName,
  Repeats,
  textLine,
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

  it('tells of the start of Nest itself at debug alone', () => {
    const { log, lines } = logging('info', 'json');
    log.log('Mapped {/healthz, GET} route', 'RouterExplorer');
    log.error('no provider', undefined, 'NestFactory');
    expect(lines).toEqual([]);
  });

  it('names the part of the program that tells', () => {
    const { log, lines } = logging('info', 'json');
    const part = log.of('agent');
    part.warn('careful');
    part.tell('error', 'lost', { event: 'events_lost', events: 3 });
    part.debug('quiet');
    expect(parsed(lines)).toMatchObject([
      { context: 'agent', level: 'warn', message: 'careful' },
      { context: 'agent', level: 'error', message: 'lost', event: 'events_lost', events: 3 },
    ]);
    expect(lines).toHaveLength(2);
  });

  it('has fields beside the sentence: those given, and those of what runs', async () => {
    const { log, lines } = logging('info', 'json');
    await withLogFields({ request_id: 'r1' }, async () => {
      await Promise.resolve();
      log.tell('warn', 'slow', { event: 'slow_query', seconds: 3 });
      withLogFields({ agent: 'web1' }, () => log.log('inner'));
    });
    log.log('outside');
    expect(parsed(lines)).toMatchObject([
      { message: 'slow', level: 'warn', event: 'slow_query', seconds: 3, request_id: 'r1' },
      { message: 'inner', request_id: 'r1', agent: 'web1' },
      { message: 'outside' },
    ]);
    expect(parsed(lines)[2]).not.toHaveProperty('request_id');
  });
});

describe('textLine', () => {
  it.each([
    ['an end of line', 'a\nb', 'a | b'],
    ['a sequence for terminals', 'a\x1b[31mb', 'a\\u001b[31mb'],
    ['a text turned around', 'a\u202eb', 'a\\u202eb'],
    ['another alphabet', 'зал 1', 'зал 1'],
  ])('shows %s so that it stays one line and does nothing', (_name, message, shown) => {
    const line = textLine({ level: 'info', time: 'T', name: 'demo', pid: 1, message });
    expect(line).toBe(`[demo] 1  - T     LOG ${shown}\n`);
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
      expect(parsed(lines)[at]).toMatchObject({
        message: expect.stringContaining(`logger.level is ${level} from now on`) as string,
      });
    }
    undo();
    signals.emit('SIGUSR2');
    expect(log.level).toBe(levels[2]);
  });
});

describe('LogOutput', () => {
  it('outlives a stream that takes nothing, counts what it missed, and tells it when it takes lines again', () => {
    const emitter = new EventEmitter();
    const world = { error: undefined as Error | undefined, written: [] as string[] };
    const stream: LogStream = Object.assign(emitter, {
      write: (text: string, done: (error?: Error | null) => void) => {
        const { error } = world;
        if (!error) world.written.push(text);
        done(error);
        if (error) emitter.emit('error', error);
      },
    });
    const output = new LogOutput(stream, (lines, reason) => output.write(`${lines} lost: ${reason}`));
    output.write('a');
    world.error = Object.assign(new Error('no space'), { code: 'ENOSPC' });
    for (const line of ['b', 'c']) output.write(line);
    expect(output.lost).toBe(2);
    world.error = undefined;
    for (const line of ['d', 'e']) output.write(line);
    expect(world.written).toEqual(['a', 'd', '2 lost: ENOSPC', 'e']);
    expect(output.lost).toBe(2);
  });
});

describe('Repeats', () => {
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
