import { expect, it, onTestFinished, vi } from 'vitest';
import { alertsStream } from '#bus';
import { StoreError } from '#clickhouse';
import { firingAlert, publishAlerts } from '../testing/alerts.js';
import { counted, startTestHub } from '../testing/hub.js';

// Another process may have the machine.
vi.setConfig({ testTimeout: 90_000, hookTimeout: 60_000 });

it('what the stream drops while ClickHouse is away is stored where it is in hand, else counted and told', async () => {
  const hub = await startTestHub();
  onTestFinished(() => hub.destroy());
  const away = new StoreError('insert', 'unreachable', 'ClickHouse is away.');
  const storing = vi.spyOn(hub.store, 'storeAlert').mockRejectedValue(away);
  onTestFinished(() => storing.mockRestore());
  const ids = Array.from({ length: 600 }, (_, at) => `a${at}`);
  await publishAlerts(hub.bus, ...ids.map((id) => firingAlert({ id })));
  const consumer = () => hub.bus.manager.consumers.info(alertsStream, 'hub');
  let inHand = 0;
  await vi.waitFor(
    async () => {
      // It pulls no more when three quarters of what it may have are in hand.
      inHand = (await consumer()).num_ack_pending;
      expect(inHand).toBeGreaterThan(384);
    },
    { timeout: 60_000 },
  );
  await hub.log.next(/^ClickHouse is away\. Alerts wait in the stream until it is back\.$/);
  await hub.bus.manager.streams.purge(alertsStream, { keep: 5 });
  storing.mockRestore();
  await vi.waitFor(
    () => {
      const [stored, gone] = ['alerts_stored', 'gone_alerts'].map((name) => hub.counters.counter(name).value);
      expect((stored ?? 0) + (gone ?? 0)).toBe(600);
      expect(stored).toBeGreaterThanOrEqual(inHand);
      expect(gone).toBeGreaterThan(0);
    },
    { timeout: 60_000 },
  );
  await hub.log.next(/^\d+ alerts were dropped from the stream before they were in the table; /);
  await counted(hub, 'failed_alert_inserts', 1, 'unreachable');
});
