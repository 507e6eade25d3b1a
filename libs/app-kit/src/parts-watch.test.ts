import { describe, expect, it } from 'vitest';
import { PartsWatch, withoutPartReasons } from './index.js';

const at = (second: number): string => new Date(second * 1000).toISOString();

/** Two parts, of which the first is needed, and a clock that is set by hand. */
function watching() {
  const world = { nats: 'ok', groups: 'ok', second: 1 };
  const watch = new PartsWatch({ now: () => world.second * 1000, longest_ms: 50 });
  watch.add({ name: 'nats', look: () => world.nats });
  watch.add({ name: 'groups', needed: false, look: () => Promise.resolve(world.groups) });
  return { watch, world };
}

describe('PartsWatch', () => {
  it('tells which part is away, why, and since when', async () => {
    const { watch, world } = watching();
    expect(await watch.look()).toEqual({
      ready: true,
      parts: { nats: { status: 'ok', since: at(1) }, groups: { status: 'ok', since: at(1) } },
    });
    Object.assign(world, { nats: 'NATS is away', second: 2 });
    await watch.look();
    Object.assign(world, { nats: 'NATS refuses us', second: 3 });
    expect(await watch.look()).toEqual({
      ready: false,
      parts: {
        nats: { status: 'unavailable', since: at(2), reason: 'NATS refuses us' },
        groups: { status: 'ok', since: at(1) },
      },
    });
    Object.assign(world, { nats: 'ok', second: 4 });
    expect(await watch.look()).toMatchObject({
      ready: true,
      parts: { nats: { status: 'ok', since: at(4) } },
    });
  });

  it('is ready without what is not needed', async () => {
    const { watch, world } = watching();
    world.groups = 'the file is gone';
    expect(await watch.look()).toMatchObject({
      ready: true,
      parts: { groups: { status: 'unavailable', reason: 'the file is gone' } },
    });
  });

  it('takes what hangs, and what throws, for away', async () => {
    const { watch } = watching();
    watch.add({ name: 'store', look: () => new Promise<string>(() => undefined) });
    watch.add({ name: 'disk', look: () => Promise.reject(new Error('it is full')) });
    const { ready, parts } = await watch.look();
    expect([ready, parts['store']?.reason, parts['disk']?.reason]).toEqual([
      false,
      'store has not answered for 50 ms',
      'it is full',
    ]);
  });

  it('looks at a part once at a time, however many ask', async () => {
    const { watch } = watching();
    const world = { looks: 0, answer: (_: string): void => undefined };
    const look = (): Promise<string> => {
      world.looks++;
      return new Promise((done) => (world.answer = done));
    };
    watch.add({ name: 'store', look });
    const asked = [watch.look(), watch.look()];
    world.answer('ok');
    expect((await Promise.all(asked)).map(({ ready }) => ready)).toEqual([true, true]);
    expect(world.looks).toBe(1);
    const again = watch.look();
    expect(world.looks).toBe(2);
    world.answer('it is full');
    expect((await again).parts['store']?.reason).toBe('it is full');
  });

  it('knows at once what it found last, and looks by itself', async () => {
    const world = { nats: 'ok' };
    const watch = new PartsWatch({ interval_ms: 5 });
    const leave = watch.add({ name: 'nats', look: () => world.nats });
    expect(watch.last).toEqual({ ready: true, parts: {} });
    watch.start();
    await expect.poll(() => watch.last.parts['nats']?.status, { timeout: 20_000 }).toBe('ok');
    world.nats = 'gone';
    await expect.poll(() => watch.last.ready, { timeout: 20_000 }).toBe(false);
    leave();
    expect(watch.last).toEqual({ ready: true, parts: {} });
    watch.stop();
  });

  it('tells strangers no reasons', async () => {
    const { watch, world } = watching();
    world.nats = 'nats://10.0.0.1 is away';
    const { parts } = await watch.look();
    expect(withoutPartReasons(parts)).toEqual({
      nats: { status: 'unavailable', since: at(1) },
      groups: { status: 'ok', since: at(1) },
    });
  });
});
