import { mkdtempSync, rmSync } from 'node:fs';
import { createServer, type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { freePort, recordingLog } from '#testing/bus';
import { EmbeddedEngine, HttpFront } from '#testing/clickhouse';
import { type Endpoint } from './endpoint.js';
import { storeWhenThere } from './store-wait.js';

describe('storeWhenThere', { timeout: 60_000 }, () => {
  let dir: string;
  let engine: EmbeddedEngine;
  let endpoint: Endpoint;

  beforeEach(async () => {
    dir = mkdtempSync(join(tmpdir(), 'visor-wait-'));
    engine = await EmbeddedEngine.open(dir);
    endpoint = { host: '127.0.0.1', port: await freePort(), tls: false };
  });

  afterEach(async () => {
    await engine.close();
    rmSync(dir, { recursive: true, force: true });
  });

  const ask = (path: string): Promise<Response> => fetch(`http://127.0.0.1:${endpoint.port}${path}`);

  it('waits for a server that does not answer, says so once, is not ready meanwhile', async () => {
    const port = await freePort();
    const log = recordingLog();
    const url = `http://visor:secret@127.0.0.1:${port}/default`;
    const opening = storeWhenThere({ url }, { endpoint, log, retryMs: 50 });
    await log.next(/ClickHouse at .* does not answer: start it or correct .* Waiting for it/);
    await expect
      .poll(() => ask('/healthz').then(({ status }) => status, String), { timeout: 20_000 })
      .toBe(200);
    const ready = await ask('/readyz');
    expect(ready.status).toBe(503);
    const since = expect.stringMatching(/^\d{4}-.*Z$/) as string;
    expect(await ready.json()).toMatchObject({
      status: 'unavailable',
      clickhouse_since: since,
      parts: { clickhouse: { status: 'unavailable', since } },
      clickhouse: expect.stringContaining('does not answer') as string,
    });
    const refused = await ask('/api/v1/packets?last=1');
    expect([refused.status, refused.headers.get('content-type'), refused.headers.get('retry-after')]).toEqual(
      [503, 'application/problem+json; charset=utf-8', '5'],
    );
    expect(await refused.json()).toMatchObject({
      status: 503,
      detail: expect.stringMatching(/^the hub waits for ClickHouse, .*does not answer/) as string,
    });
    const front = await HttpFront.start(engine, { port });
    const store = await opening;
    await expect(ask('/healthz')).rejects.toThrow();
    expect(log.lines.filter((line) => line.includes('does not answer'))).toHaveLength(1);
    expect(log.lines.join()).not.toContain('secret');
    await store.close();
    await front.stop();
  });

  it('waits for one that accepts and says nothing', async () => {
    const silent = createServer(() => undefined).listen(0, '127.0.0.1');
    await new Promise((done) => silent.once('listening', done));
    const stop = new AbortController();
    const log = recordingLog();
    const url = `http://visor:secret@127.0.0.1:${(silent.address() as AddressInfo).port}/default`;
    const opening = storeWhenThere({ url }, { endpoint, log, stop: stop.signal, retryMs: 50 });
    await log.next(/does not answer/);
    stop.abort();
    await expect(opening).rejects.toMatchObject({ code: 'unreachable' });
    silent.close();
  });

  it.each([
    ['nobody:secret', 'default', 'unauthorized'],
    ['visor:secret', 'elsewhere', 'unknown_database'],
    ['no-create:secret', 'default', 'not_allowed'],
    ['readonly:secret', 'default', 'read_only'],
  ])('does not wait where %s at %s is %s', async (login, database, code) => {
    const front = await HttpFront.start(engine);
    const url = `http://${login}@${front.host}/${database}`;
    await expect(storeWhenThere({ url }, { endpoint, log: recordingLog() })).rejects.toMatchObject({ code });
    await front.stop();
  });

  it('does not wait for a directory', async () => {
    const url = `embedded:${dir}/status/below`;
    const refused = storeWhenThere({ url }, { endpoint, log: recordingLog() });
    await expect(refused).rejects.toMatchObject({ code: 'unusable_directory' });
  });
});
