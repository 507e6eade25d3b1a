import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it, onTestFinished, vi } from 'vitest';
import { alertsStream, StateBucket } from '#bus';
import { nowUs, publishRows, startTestHub } from '../testing/hub.js';
import { AlertsService } from './alerts.service.js';

// Another process may have the machine.
vi.setConfig({ testTimeout: 90_000, hookTimeout: 60_000 });

const rules = `
alerts:
  - name: scan
    by: [agent_id]
    when: { distinct: dport, above: 20, window: 10m }
`;

it('a hub that loses its lease as soon as it has begun goes on from there', async () => {
  const directory = mkdtempSync(join(tmpdir(), 'visor-lease-'));
  onTestFinished(() => rmSync(directory, { recursive: true, force: true }));
  writeFileSync(join(directory, 'a.yaml'), rules);
  const hub = await startTestHub({ alertsDirectory: directory });
  onTestFinished(() => hub.destroy());
  const service = hub.nest.get(AlertsService);
  let [batch, packet] = [0n, 0n];
  const knock = (first: number): Promise<number> => {
    const rows = Array.from({ length: 15 }, (_, i) => ({
      ts: nowUs(),
      packet_id: ++packet,
      decisive: true,
      dport: first + i,
    }));
    return publishRows(hub, 'web1', ++batch, rows);
  };
  const evaluates = (whether: boolean): Promise<void> =>
    vi.waitFor(() => expect(service.evaluates).toBe(whether), { timeout: 60_000, interval: 1 });

  await evaluates(true);
  const bucket = new StateBucket(Promise.resolve(hub.bus));
  const thief = Buffer.from(JSON.stringify({ hub: 'other', run: 'other' }));
  await Promise.all([knock(1000), bucket.put('lease', thief)]);
  await evaluates(false);
  // The other one is not heard of again.
  await evaluates(true);
  await knock(2000);
  await vi.waitFor(
    async () => {
      const { state } = await hub.bus.manager.streams.info(alertsStream);
      expect(state.messages).toBe(1);
    },
    { timeout: 30_000 },
  );
});
