import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { NatsServer, recordingLog } from '#testing/bus';
import { alertBucketStream, type Bus, connectBus, StateBucket } from './index.js';

// Another process may have the machine.
vi.setConfig({ testTimeout: 30_000 });

let nats: NatsServer;
let bus: Bus;
let bucket: StateBucket;

beforeEach(async () => {
  nats = await NatsServer.start();
  bus = await connectBus({ url: nats.url, name: 'test', log: recordingLog(), retryMs: 50 });
  bucket = new StateBucket(Promise.resolve(bus));
});

afterEach(async () => {
  await bus.close();
  await nats.destroy();
});

const bytes = (text: string): Uint8Array => Buffer.from(text);
const read = async (key: string): Promise<string | undefined> => {
  const entry = await bucket.get(key);
  return entry && Buffer.from(entry.bytes).toString();
};

describe('StateBucket', () => {
  it('lets one of two writers of a key win', async () => {
    const first = await bucket.put('lease', bytes('a'), 0);
    expect(first).toBeGreaterThan(0);
    expect(await bucket.put('lease', bytes('b'), 0)).toBeUndefined();
    const second = await bucket.put('lease', bytes('b'), first);
    expect(second).toBeGreaterThan(first ?? 0);
    expect(await bucket.put('lease', bytes('a'), first)).toBeUndefined();
    expect((await bucket.get('lease'))?.revision).toBe(second);
    expect(await read('lease')).toBe('b');
  });

  it('has nothing under a key that was deleted, and takes a new value there', async () => {
    await bucket.put('silence.a', bytes('1'));
    await bucket.put('silence.b', bytes('2'));
    await bucket.put('lease', bytes('3'));
    await bucket.delete('silence.a');
    expect(await read('silence.a')).toBeUndefined();
    expect(await bucket.keys('silence.*')).toEqual(['silence.b']);
    expect(await bucket.put('silence.a', bytes('4'), 0)).toBeGreaterThan(0);
    expect(await read('silence.a')).toBe('4');
  });

  it('is made anew when somebody removed it', async () => {
    await bucket.put('lease', bytes('a'));
    await bus.manager.streams.delete(alertBucketStream);
    await bucket.get('lease').catch(() => undefined);
    expect(await bucket.get('lease')).toBeUndefined();
    await bucket.put('lease', bytes('b'));
    expect(await read('lease')).toBe('b');
  });

  it('tells who watches of what there is and what changes', async () => {
    await bucket.put('silence.a', bytes('1'));
    const stop = new AbortController();
    const seen: string[] = [];
    const watching = bucket.watch(
      'silence.*',
      (key, entry) => seen.push(`${key} ${entry ? Buffer.from(entry.bytes).toString() : 'gone'}`),
      stop.signal,
    );
    await vi.waitFor(() => expect(seen).toEqual(['silence.a 1']), 20_000);
    await bucket.put('silence.b', bytes('2'));
    await bucket.put('lease', bytes('3'));
    await bucket.delete('silence.a');
    await vi.waitFor(() => expect(seen).toEqual(['silence.a 1', 'silence.b 2', 'silence.a gone']), 20_000);
    stop.abort();
    await watching;
  });
});
