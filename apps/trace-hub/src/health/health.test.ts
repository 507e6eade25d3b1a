import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import { logFields } from '#app-kit';
import { AlertsService } from '../alerts/alerts.service.js';
import { IngestService } from '../ingest/ingest.service.js';
import { HubParts } from '../parts.js';
import { startTestHub, type TestHub } from '../testing/hub.js';
import { type Readiness } from './health.service.js';

// Another process may have the machine.
vi.setConfig({ testTimeout: 30_000 });

let hub: TestHub;
beforeAll(async () => {
  hub = await startTestHub();
}, 60_000);
afterEach(() => {
  vi.restoreAllMocks();
});
afterAll(() => hub.destroy());

async function ready(headers: Record<string, string> = {}): Promise<Readiness & { readonly code: number }> {
  // The hub looks by itself too, and who asks meanwhile is told what comes of that: it may have begun before the test's change.
  await hub.nest.get(HubParts).health.look();
  const answer = await fetch(`${hub.url}/readyz`, { headers });
  return { ...((await answer.json()) as Readiness), code: answer.status };
}

describe('the health of the hub', () => {
  it('names the part that is away, since when, and is not ready without it', async () => {
    const well = await ready();
    expect(well).toMatchObject({ code: 200, status: 'ok', clickhouse: 'ok', nats: 'ok' });
    expect(Object.keys(well)).not.toContain('clickhouse_since');
    vi.spyOn(hub.store, 'ping').mockRejectedValue(new Error('ClickHouse at here is away'));
    const away = await ready();
    expect(away).toMatchObject({
      code: 503,
      status: 'unavailable',
      clickhouse: 'ClickHouse at here is away',
      parts: {
        clickhouse: { status: 'unavailable', reason: 'ClickHouse at here is away' },
        nats: { status: 'ok' },
      },
    });
    expect(away.clickhouse_since).toBe(away.parts['clickhouse']?.since);
    expect((await ready()).clickhouse_since).toBe(away.clickhouse_since);
    const healthz = await fetch(`${hub.url}/healthz`);
    expect([healthz.status, await healthz.json()]).toMatchObject([
      200,
      { status: 'ok', parts: { clickhouse: { since: away.clickhouse_since } } },
    ]);
    vi.restoreAllMocks();
    expect(await ready()).toMatchObject({ code: 200, parts: { clickhouse: { status: 'ok' } } });
    await hub.nats.stop('SIGKILL');
    await hub.log.next(/NATS at .* is gone/);
    const alone = await ready();
    expect(alone).toMatchObject({ code: 503, nats: 'NATS is away; the hub waits for it' });
    expect(alone.nats_since).toBe(alone.parts['nats']?.since);
    await hub.nats.start();
    await hub.bus.whenConnected();
  });

  it('is ready while inserts fail, and says so', async () => {
    expect((await ready()).parts['ingest']).toMatchObject({ status: 'ok' });
    vi.spyOn(IngestService.prototype, 'away', 'get').mockReturnValue(true);
    expect(await ready()).toMatchObject({
      code: 200,
      parts: {
        ingest: {
          status: 'unavailable',
          reason: 'ClickHouse does not take batches; they wait in the stream',
        },
      },
    });
  });

  it('is ready while nobody evaluates the alert rules, and says so', async () => {
    const { book } = hub.nest.get(AlertsService);
    expect((await ready()).parts['alerts']).toMatchObject({ status: 'ok' });
    vi.spyOn(book, 'rules', 'get').mockReturnValue([{}] as unknown as typeof book.rules);
    vi.spyOn(AlertsService.prototype, 'evaluator', 'get').mockReturnValue(undefined);
    expect(await ready()).toMatchObject({
      code: 200,
      parts: { alerts: { status: 'unavailable', reason: 'no hub evaluates the alert rules' } },
    });
  });

  it('is looked at within the request that asks for it: lines of the log bear its id', async () => {
    const ids: unknown[] = [];
    const patient = { timeout: 20_000 };
    vi.spyOn(hub.store, 'ping').mockImplementation(() => {
      ids.push(logFields()['request_id']);
      return Promise.resolve();
    });
    await expect
      .poll(async () => {
        await ready({ 'x-request-id': 'r9' });
        return ids;
      }, patient)
      .toContain('r9');
  });
});
