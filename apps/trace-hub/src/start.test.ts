import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer, type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { explain, loadConfig } from '#app-kit';
import { freePort, NatsServer } from '#testing/bus';
import { EmbeddedEngine, HttpFront } from '#testing/clickhouse';
import { HubConfig } from './config.js';
import { parseEndpoint, showEndpoint } from './endpoint.js';
import { startHub } from './hub.js';

describe('server.endpoint', () => {
  it.each([
    ['http://127.0.0.1:9650', '127.0.0.1', 9650, false],
    ['tcp://127.0.0.1:80', '127.0.0.1', 80, false],
    ['http://localhost', 'localhost', 9650, false],
    ['http://[::1]:1234/', '::1', 1234, false],
    ['https://hub.example', 'hub.example', 9650, true],
    ['https://0.0.0.0:443', '0.0.0.0', 443, true],
  ])('%s', (endpoint, host, port, tls) => {
    expect(parseEndpoint(endpoint)).toEqual({ host, port, tls });
  });

  it.each([
    ['http://127.0.0.1', 'http://127.0.0.1:9650'],
    ['https://[::1]:443', 'https://[::1]:443'],
  ])('%s is shown as %s', (endpoint, shown) => {
    expect(showEndpoint(parseEndpoint(endpoint))).toBe(shown);
  });

  it.each([
    ['http://127.0.0.1:99999', /is not an address/],
    ['http://127.0.0.1:9650/api', /has a path/],
    ['http://ops:secret@127.0.0.1:9650', /has a login; logins are in auth\.tokens-file/],
  ])('%s is refused', (endpoint, sentence) => {
    expect(() => parseEndpoint(endpoint)).toThrow(sentence);
  });
});

describe('storage.clickhouse.url', () => {
  const load = (url: string) =>
    loadConfig(HubConfig, { env: { TH_STORAGE_CLICKHOUSE_URL: url }, prefix: 'TH_' }).clickhouseUrl;

  it.each(['embedded:.visor/clickhouse', 'embedded:/var/lib/my data', 'http://u:p@h:8123/visor'])(
    'takes %s',
    (url) => {
      expect(load(url)).toBe(url);
    },
  );

  it.each(['embedded:', 'chdb:x', 'file:///x'])('refuses %s', (url) => {
    expect(() => load(url)).toThrow(
      /storage\.clickhouse\.url: .* it takes http\(s\):\/\/host:8123 or embedded:<directory>/,
    );
  });
});

describe('startHub', () => {
  let dir: string;

  beforeEach(() => {
    dir = mkdtempSync(join(tmpdir(), 'visor-start-'));
    vi.spyOn(process.stderr, 'write').mockReturnValue(true);
  });

  afterEach(() => {
    vi.restoreAllMocks();
    rmSync(dir, { recursive: true, force: true });
  });

  async function config(change: Partial<HubConfig> = {}): Promise<HubConfig> {
    const port = await freePort();
    return Object.assign(new HubConfig(), {
      clickhouseUrl: `embedded:${dir}`,
      serverEndpoint: `http://127.0.0.1:${port}`,
      natsUrl: `nats://127.0.0.1:${await freePort()}`,
      ...change,
    });
  }

  it('serves while NATS is away, and can be stopped', async () => {
    const settings = await config();
    const hub = await startHub(settings);
    expect((await fetch(`${settings.serverEndpoint}/healthz`)).status).toBe(200);
    expect((await fetch(`${settings.serverEndpoint}/readyz`)).status).toBe(503);
    expect(await (await fetch(`${settings.serverEndpoint}/api/v1/packets`)).json()).toMatchObject({
      rows: [],
      count: 0,
      searched: { agents: [] },
    });
    await hub.close();
    await expect(fetch(`${settings.serverEndpoint}/healthz`)).rejects.toThrow();
  });

  it('ends with one sentence when the port is taken, and lets go of the store', async () => {
    const other = createServer().listen(0, '127.0.0.1');
    await once(other, 'listening');
    const { port } = other.address() as AddressInfo;
    const taken = await config({ serverEndpoint: `http://127.0.0.1:${port}` });
    const error: unknown = await startHub(taken).catch((cause: unknown) => cause);
    expect(explain('trace-hub', error)).toEqual({
      text: `trace-hub: the address 127.0.0.1:${port} is taken by another program; stop it (\`ss -ltnp\` names it) or configure another one`,
      exitCode: 1,
    });
    other.close();
    const again = await startHub(await config());
    await again.close();
  });

  it('says that it is not ready while a ClickHouse server takes questions and does not answer', async () => {
    const engine = await EmbeddedEngine.open(dir);
    const front = await HttpFront.start(engine);
    const settings = await config({ clickhouseUrl: `http://visor:secret@${front.host}/default` });
    const hub = await startHub(settings);
    front.faults.delay_ms = 5000;
    // A look that the hub began before by itself may be what the first one is told.
    const told = async (): Promise<unknown> => (await fetch(`${settings.serverEndpoint}/readyz`)).json();
    await expect
      .poll(told, { timeout: 20_000 })
      .toMatchObject({ clickhouse: 'ClickHouse has not answered for 3000 ms' });
    front.faults.delay_ms = 0;
    await hub.close();
    await front.stop();
    await engine.close();
  });

  it('ends by itself when NATS cannot be used as it is', async () => {
    const nats = await NatsServer.start({ jetstream: false });
    const hub = await startHub(await config({ natsUrl: nats.url }));
    await expect(hub.ended).rejects.toMatchObject({ code: 'no_jetstream' });
    await hub.close();
    await nats.destroy();
  });
});
