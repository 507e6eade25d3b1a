import { createServer } from 'node:net';
import { once } from 'node:events';
import { describe, expect, it } from 'vitest';
import { DaemonConfig, runApp, StartError, type Host, type Main } from './index.js';

/** A process of the test's own: what it printed, its exit code, and its signals. */
function fakeHost(argv: string[] = [], env: Record<string, string> = {}) {
  const seen = { out: '', err: '', codes: [] as number[], signal: (): void => undefined };
  const host: Host = {
    argv,
    env,
    out: (text) => void (seen.out += text),
    err: (text) => void (seen.err += text),
    exit: (code) => void seen.codes.push(code),
    onSignal: (handler) => void (seen.signal = () => handler('SIGTERM')),
  };
  return { seen, host };
}

const app = { name: 'demo', summary: 'Shows.', version: '1.2.3', prefix: 'XD_', config: DaemonConfig };
const idle: Main<DaemonConfig> = () => Promise.resolve({ close: () => Promise.resolve() });

async function failWith(error: unknown) {
  const { seen, host } = fakeHost();
  await runApp(app, () => Promise.reject(error as Error), host);
  return seen;
}

describe('runApp', () => {
  it('answers --help, --version and --print-config without starting', async () => {
    const shown = async (flag: string): Promise<string> => {
      const { seen, host } = fakeHost([flag]);
      await runApp(app, () => Promise.reject(new Error('started')), host);
      expect(seen.codes).toEqual([]);
      return seen.out;
    };
    expect(await shown('--help')).toContain('XD_GRACEFUL_SHUTDOWN');
    expect(await shown('--version')).toBe('demo 1.2.3\n');
    expect(await shown('--print-config')).toBe(
      'logger:\n  level: info\n  format: text\ngraceful-shutdown: 10s\n',
    );
  });

  it('ends with 2 and one sentence for a bad flag or value', async () => {
    for (const [argv, env, sentence] of [
      [['--confg', 'x'], {}, /^demo: Unknown option '--confg'; --help shows what is taken\n$/],
      [[], { XD_LOGGER_LEVEL: 'loud' }, /^demo: logger\.level: "loud".*\n$/],
    ] as const) {
      const { seen, host } = fakeHost([...argv], env);
      await runApp(app, idle, host);
      expect(seen.codes).toEqual([2]);
      expect(seen.err).toMatch(sentence);
    }
  });

  it("prints an operator's error as one sentence with code 1", async () => {
    const seen = await failWith(new StartError('the directory x is locked'));
    expect(seen).toMatchObject({ err: 'demo: the directory x is locked\n', codes: [1] });
    const libError = Object.assign(new Error('NATS refused the credentials'), {
      op: 'connect',
      code: 'auth',
    });
    expect((await failWith(libError)).err).toBe('demo: NATS refused the credentials\n');
  });

  it('prints the stack of an error that nobody expected', async () => {
    const seen = await failWith(new TypeError('x is not a function'));
    expect(seen.err).toMatch(/^demo: unexpected error\nTypeError: x is not a function\n +at /);
    expect(seen.codes).toEqual([1]);
  });

  it('names the taken address', async () => {
    const first = createServer().listen(0, '127.0.0.1');
    await once(first, 'listening');
    const address = first.address() as { port: number };
    const second = createServer();
    const refused = once(second, 'error');
    second.listen(address.port, '127.0.0.1');
    const seen = await failWith((await refused)[0]);
    expect(seen.err).toContain(`demo: the address 127.0.0.1:${address.port} is taken by another program`);
    first.close();
  });

  it('closes on the first signal, exits at once on the second', async () => {
    const { seen, host } = fakeHost();
    let closing = (): void => undefined;
    const closed = new Promise<void>((resolve) => (closing = resolve));
    const done = runApp(app, () => Promise.resolve({ close: () => closed }), host);
    await Promise.resolve();
    seen.signal();
    seen.signal();
    expect(seen.codes).toEqual([130]);
    closing();
    await done;
    expect(seen.codes).toEqual([130, 0]);
  });

  it('says so when the stop takes too long', async () => {
    const { seen, host } = fakeHost([], { XD_GRACEFUL_SHUTDOWN: '10ms' });
    const done = runApp(app, () => Promise.resolve({ close: () => new Promise(() => undefined) }), host);
    seen.signal();
    await done;
    expect(seen.err).toContain('demo: the stop took longer than graceful-shutdown (10 ms)');
    expect(seen.codes).toEqual([1]);
  });

  it('ends a start that still waits when the signal comes', async () => {
    const { seen, host } = fakeHost();
    const waiting: Main<DaemonConfig> = (_config, stop) =>
      new Promise((_, reject) => stop.addEventListener('abort', () => reject(new Error('stopped'))));
    const done = runApp(app, waiting, host);
    seen.signal();
    await done;
    expect(seen).toMatchObject({ err: '', codes: [0] });
  });

  it('closes and ends with the error of a daemon that ends by itself', async () => {
    const { seen, host } = fakeHost();
    let closes = 0;
    await runApp(
      app,
      () =>
        Promise.resolve({
          ended: Promise.reject(new StartError('the socket is gone')),
          close: () => Promise.resolve(void closes++),
        }),
      host,
    );
    expect(closes).toBe(1);
    expect(seen).toMatchObject({ err: 'demo: the socket is gone\n', codes: [1] });
  });
});
