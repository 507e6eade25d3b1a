import { NatsServer, recordingLog } from '#testing/bus';
import { afterEach, describe, expect, it } from 'vitest';
import { connectBus, ensureStreams, tracesStream, type Bus } from './index.js';

const cleanups: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup();
});

async function server(options?: Parameters<typeof NatsServer.start>[0]): Promise<NatsServer> {
  const nats = await NatsServer.start(options);
  cleanups.push(() => nats.destroy());
  return nats;
}

async function busTo(url: string, log = recordingLog()): Promise<Bus> {
  const bus = await connectBus({ url, name: 'test', log, retryMs: 50 });
  cleanups.push(() => bus.close());
  return bus;
}

describe('connectBus', () => {
  it('waits for NATS, says so once, and connects when it is there', async () => {
    const nats = await NatsServer.prepare();
    cleanups.push(() => nats.destroy());
    const log = recordingLog();
    const pending = busTo(nats.url, log);
    await log.next(/does not answer .* waiting for it, start it or set nats\.url/);
    await nats.start();
    expect((await pending).connected).toBe(true);
    expect(log.lines.filter((line) => line.includes('does not answer'))).toHaveLength(1);
  });

  it('comes back after a restart of NATS', async () => {
    const nats = await server();
    const log = recordingLog();
    const bus = await busTo(nats.url, log);
    await nats.stop('SIGKILL');
    await log.next(/is gone/);
    expect(bus.connected).toBe(false);
    await nats.start();
    await bus.whenConnected();
    expect(bus.connected).toBe(true);
    expect(log.lines.at(-1)).toMatch(/is back/);
  });

  it('ends the wait when told to', async () => {
    const nats = await NatsServer.prepare();
    const stop = new AbortController();
    const log = recordingLog();
    const pending = connectBus({ url: nats.url, name: 'test', log, retryMs: 50 }, stop.signal);
    await log.next(/does not answer/);
    stop.abort();
    await expect(pending).rejects.toMatchObject({ code: 'closed' });
    await nats.destroy();
  });

  it('takes a login in the URL and says so when it is refused, without showing it', async () => {
    const nats = await server({ user: 'hub', password: 's3cret' });
    const { host } = new URL(nats.url);
    expect((await busTo(`nats://hub:s3cret@${host}`)).connected).toBe(true);
    const refused = busTo(`nats://hub:wrong@${host}`);
    await expect(refused).rejects.toMatchObject({
      code: 'credentials',
      message: `NATS at ${host} refuses the credentials; check the login in nats.url`,
    });
  });

  it('says so when the server has no JetStream', async () => {
    const nats = await server({ jetstream: false });
    await expect(busTo(nats.url)).rejects.toMatchObject({
      code: 'no_jetstream',
      message: expect.stringMatching(/runs without JetStream; start it with `nats-server -js`/) as string,
    });
  });

  it('refuses an address that is none', async () => {
    await expect(busTo('nats://a:b:c')).rejects.toMatchObject({ code: 'bad_option' });
    const telling = await busTo('nats://u:pa/ss@h').catch((error: Error) => error.message);
    expect(telling).toBe(
      'the NATS address nats://***@h is not like nats://host:4222; in the login write / as %2F, @ as %40 and : as %3A',
    );
  });
});

describe('ensureStreams', () => {
  it('makes the stream once, however many start at the same time', async () => {
    const nats = await server();
    const buses = await Promise.all([busTo(nats.url), busTo(nats.url), busTo(nats.url)]);
    const states = await Promise.all(buses.map((bus) => ensureStreams(bus, recordingLog())));
    for (const [state] of states) expect(state).toMatchObject({ name: tracesStream, drift: [] });
    const info = await buses[0]?.manager.streams.info(tracesStream);
    expect(info?.config).toMatchObject({
      storage: 'file',
      discard: 'old',
      max_bytes: 2 ** 30,
      max_age: 86_400e9,
      duplicate_window: 120e9,
      subjects: ['visor.v1.traces.*'],
    });
  });

  it("leaves an operator's settings alone and reports them", async () => {
    const bus = await busTo((await server()).url);
    await bus.manager.streams.add({
      name: tracesStream,
      subjects: ['visor.v1.traces.*'],
      max_bytes: 1_000_000,
    });
    const log = recordingLog();
    const [state] = await ensureStreams(bus, log);
    expect(state?.created).toBe(false);
    expect(state?.drift.join()).toContain('max_bytes is 1000000, Visor would set 1073741824');
    expect(log.lines.join()).toContain('the stream VISOR_TRACES is left as it is');
    expect((await bus.manager.streams.info(tracesStream)).config.max_bytes).toBe(1_000_000);
  });

  it('names a stream that cannot be made', async () => {
    const bus = await busTo((await server()).url);
    await bus.manager.streams.add({ name: 'OTHER', subjects: ['visor.>'] });
    await expect(ensureStreams(bus, recordingLog())).rejects.toMatchObject({
      code: 'stream',
      message: expect.stringMatching(/^the stream VISOR_TRACES cannot be made: .*overlap/) as string,
    });
  });
});
