import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { encodeHeartbeat, ensureStreams, subjects } from '#bus';
import { IngestService } from '../ingest/ingest.service.js';
import { hubOccurrences } from '../occurrences.js';
import { counted, nowUs, publishRows, startTestHub, type TestHub } from '../testing/hub.js';

// Another process may have the machine.
vi.setConfig({ testTimeout: 30_000 });

let hub: TestHub;
const start = nowUs();

beforeAll(async () => {
  hub = await startTestHub({ ingestLingerMs: 0 });
  await ensureStreams(hub.bus, hub.log);
}, 60_000);
afterAll(() => hub.destroy());

const scrape = async (): Promise<string> => (await hub.nest.inject('/metrics')).body;
const valueOf = (text: string, series: string): number =>
  Number(
    text
      .split('\n')
      .find((line) => line.startsWith(`${series} `))
      ?.slice(series.length + 1),
  );

async function beat(agent: string): Promise<void> {
  const counts = { events: 10, packets: 4, merged: 2, rows: 8, rowsPublished: 8, discards: {}, lost: {} };
  const about = {
    run: 'aa',
    seq: 1,
    version: '1.2.3',
    kernel: '6.18',
    at_us: start,
    uptime_s: 1,
    netns: [''],
  };
  const heartbeat = encodeHeartbeat({ agent, ...about, ...counts, losses: [] });
  await hub.bus.js.publish(subjects.agents(agent), heartbeat);
  await counted(hub, 'heartbeats', 1, 'taken');
}

describe('/metrics of the hub', () => {
  it("tells how fresh an agent's rows are in seconds, and how long inserts and questions took", async () => {
    await beat('web1');
    await publishRows(hub, 'web1', 1n, [{ ts: start }, { ts: start + 2e6 }]);
    await counted(hub, 'ingest_batches', 1, 'inserted');
    await (await fetch(`${hub.url}/api/v1/agents`)).text();
    await expect
      .poll(async () => valueOf(await scrape(), 'visor_hub_query_seconds_count{endpoint="/api/v1/agents"}'), {
        timeout: 20_000,
      })
      .toBe(1);
    const text = await scrape();
    expect(valueOf(text, 'visor_hub_agent_rows_timestamp_seconds{agent="web1"}')).toBeCloseTo(
      start / 1e6 + 2,
      3,
    );
    const heard_s = valueOf(text, 'visor_hub_agent_heartbeat_timestamp_seconds{agent="web1"}');
    expect(Math.abs(heard_s - Date.now() / 1000)).toBeLessThan(600);
    expect(valueOf(text, 'visor_hub_ingest_insert_seconds_count')).toBe(1);
    expect(valueOf(text, 'visor_hub_ingest_rows_total')).toBe(2);
  });

  it('knows every occurrence that is declared', async () => {
    const text = await scrape();
    for (const { event, metric } of hubOccurrences)
      expect([event, text.includes(`# TYPE visor_hub_${metric?.counter}_total counter`)]).toEqual([
        event,
        true,
      ]);
    expect(new Set(hubOccurrences.map(({ event }) => event)).size).toBe(hubOccurrences.length);
  });

  it('tells how many batches wait in the stream', async () => {
    const backlog = vi.spyOn(IngestService.prototype, 'backlog', 'get').mockReturnValue(7);
    expect(valueOf(await scrape(), 'visor_hub_ingest_backlog')).toBe(7);
    backlog.mockRestore();
  });

  it('tells of lines that the log has lost', async () => {
    expect(valueOf(await scrape(), 'visor_hub_log_lost_lines_total')).toBe(0);
    Object.assign(hub.log, { lostLines: 3 });
    expect(valueOf(await scrape(), 'visor_hub_log_lost_lines_total')).toBe(3);
  });
});
