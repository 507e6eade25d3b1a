import { VisorClient } from '#api-client';
import { afterEach, expect, it } from 'vitest';
import { Clock } from '../format/clock.js';
import { paint } from '../format/paint.js';
import { FakeHub } from '../testing/fake-hub.js';
import { exitOf, readStatus } from './read-status.js';
import { statusText } from './status-text.js';

const hubs: FakeHub[] = [];
afterEach(() => Promise.all(hubs.splice(0).map((hub) => hub.stop())));

const reason = 'ClickHouse at http://127.0.0.1:1/visor does not answer';

/** A hub whose /readyz says so, and which refuses all else. */
async function statusOf(status: 'ok' | 'unavailable') {
  const hub = await FakeHub.start((request, response) => {
    const [code, body] =
      request.url === '/readyz'
        ? [status === 'ok' ? 200 : 503, { status, nats: 'ok', clickhouse: status === 'ok' ? 'ok' : reason }]
        : [503, { type: 'about:blank', title: 'Service Unavailable', status: 503, detail: 'not yet' }];
    response.writeHead(code, { 'content-type': 'application/json' }).end(JSON.stringify(body));
  });
  hubs.push(hub);
  return readStatus(new VisorClient({ host: hub.url }), new AbortController().signal);
}

it('tells why a hub is not ready, which tells nothing of its agents', async () => {
  const status = await statusOf('unavailable');
  expect(status.agents).toBeNull();
  expect(exitOf(status)).toBe(5);
  const text = statusText(status, new Clock(() => 0), paint(false));
  expect(text.replace(/http:\S+ not ready/, 'H not ready')).toBe(`hub         H not ready
NATS        ok
ClickHouse  not ready: ${reason}
agents      not known until the hub is ready
`);
});

it('fails where a hub that is ready does not tell of its agents', async () => {
  await expect(statusOf('ok')).rejects.toThrow('not yet');
});
