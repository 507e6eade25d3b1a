import { NatsServer, recordingLog, type RecordingLog } from '#testing/bus';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import {
  BatchPublisher,
  connectBus,
  ensureStreams,
  TraceHistory,
  tracesStream,
  type Anchor,
  type Bus,
} from './index.js';
import { batch } from './testing/publishing.js';
import { serverTime_us } from './trace-history.js';

let nats: NatsServer;
let bus: Bus;
let history: TraceHistory;
let log: RecordingLog;

beforeEach(async () => {
  nats = await NatsServer.start();
  log = recordingLog();
  bus = await connectBus({ url: nats.url, name: 'test', log, retryMs: 50 });
  await ensureStreams(bus, recordingLog());
  history = new TraceHistory(Promise.resolve(bus));
});

afterEach(async () => {
  await bus.close();
  await nats.destroy();
});

/** One after the other, so that each has a time of its own. */
async function publish(...ids: number[]): Promise<void> {
  const publisher = new BatchPublisher({ bus, log, onDropped: () => undefined, maxInFlight: 1 });
  for (const n of ids) {
    await publisher.publish({ ...batch(n, 1), rows: 1 });
  }
}

async function anchorOf(sequence: number): Promise<Anchor> {
  const message = await history.fetch(sequence);
  if (!message) throw new Error(`no message ${sequence}`);
  return { sequence, time_us: message.time_us };
}

async function loseStream(): Promise<void> {
  await bus.manager.streams.delete(tracesStream);
  await ensureStreams(bus, recordingLog());
}

describe('TraceHistory', () => {
  it('fetches single batches', async () => {
    await publish(1, 2);
    const expected = { sequence: 2, bytes: Uint8Array.of(2), subject: 'visor.v1.traces.web1' };
    expect(await history.fetch(2)).toMatchObject(expected);
    expect([await history.fetch(0), await history.fetch(3)]).toEqual([undefined, undefined]);
    expect(await history.end()).toEqual(await anchorOf(2));
  });

  it('goes on after a place that the stream still has', async () => {
    await publish(1, 2, 3);
    const place = await anchorOf(2);
    expect(await history.locate(place)).toMatchObject({ same: true, place, missing: 0 });
    // Another reader may have rounded its time the other way.
    const other = { ...place, time_us: place.time_us + 1 };
    expect(await history.locate(other)).toMatchObject({ same: true, missing: 0 });
  });

  it('says how many batches after it are gone', async () => {
    await publish(1, 2, 3, 4);
    const [place, first] = [await anchorOf(1), await anchorOf(4)];
    await bus.manager.streams.purge(tracesStream, { seq: 4 });
    expect(await history.locate(place)).toEqual({
      same: true,
      missing: 2,
      place: { sequence: 3, time_us: place.time_us },
      first_us: first.time_us,
    });
  });

  it('knows an empty stream again', async () => {
    const place = await history.end();
    expect(place.sequence).toBe(0);
    await publish(1);
    expect(await history.locate(place)).toMatchObject({ same: true, place: { sequence: 0 }, missing: 0 });
    const full = await anchorOf(1);
    await bus.manager.streams.purge(tracesStream);
    expect(await history.locate(full)).toMatchObject({
      same: true,
      place: { sequence: 1 },
      first_us: undefined,
    });
    expect(await history.locate(await history.end())).toMatchObject({ same: true, place: { sequence: 1 } });
  });

  it.each([
    ['that is shorter', [7], 0],
    ['that has the same number', [7, 8, 9, 10], 0],
  ])('knows another stream, one %s', async (_name, later, after) => {
    await publish(1, 2, 3);
    const place = await anchorOf(3);
    await loseStream();
    await publish(...later);
    expect(await history.locate(place)).toMatchObject({
      same: false,
      place: { sequence: after },
      missing: 0,
    });
  });

  it('goes on with what is new in a stream that lost its newest messages', async () => {
    await publish(1, 2, 3);
    const [kept, lost] = [await anchorOf(2), await anchorOf(3)];
    // What a power cut leaves: 3 was given to another message.
    const place = { sequence: 3, time_us: Math.floor((kept.time_us + lost.time_us) / 2) };
    expect(await history.locate(place)).toMatchObject({ same: false, place: kept });
    const beyond = { sequence: 9, time_us: lost.time_us };
    expect(await history.locate(beyond)).toMatchObject({ same: false, place: lost });
  });

  it('names batches without their rows', async () => {
    await publish(11, 12, 13, 14);
    const names = [];
    for await (const { sequence, agentId, batchId } of history.names(1, 3))
      names.push([sequence, agentId, batchId]);
    expect(names).toEqual([
      [2, 'web1', 12n],
      [3, 'web1', 13n],
    ]);
    for await (const name of history.names(4, 4)) expect(name).toBeUndefined();
  });

  it('reads the times of a server to the microsecond', () => {
    const second = Date.UTC(2026, 10, 21, 10, 0, 0) * 1000;
    expect(serverTime_us('2026-11-21T10:00:00Z')).toBe(second);
    expect(Math.floor(serverTime_us('2026-11-21T10:00:00.123456789Z'))).toBe(second + 123_456);
    expect(Math.floor(serverTime_us('2026-11-21T12:00:00.5+02:00'))).toBe(second + 500_000);
  });
});
