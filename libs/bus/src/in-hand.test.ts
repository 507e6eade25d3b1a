import { getEventListeners } from 'node:events';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { Claim, InHand, type Held } from './in-hand.js';

/** A message that counts how often the server was told that it is worked on. */
function held(bytes = 10): Held & { told: number } {
  const message = { told: 0, data: new Uint8Array(bytes), working: () => void message.told++ };
  return message;
}

/** The server's answer to what it was sent comes when it is let go. */
function connection() {
  const flushes: (() => void)[] = [];
  const bus = {
    connected: true,
    connection: { flush: () => new Promise<void>((resolve) => flushes.push(resolve)) },
  };
  return { bus: bus as unknown as ConstructorParameters<typeof InHand>[0], flushes };
}

const settle = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

beforeEach(() => void vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval', 'performance'] }));
afterEach(() => void vi.useRealTimers());

it('tells the server of all in time, and is in time only when it has heard it', async () => {
  const { bus, flushes } = connection();
  const inHand = new InHand(bus);
  inHand.keepAlive(30_000);
  const message = held();
  const claim = inHand.add(message, performance.now(), 30_000);
  for (let i = 0; i < 10; i++) {
    vi.advanceTimersByTime(10_000);
    flushes.shift()?.();
    await settle();
  }
  expect([message.told, claim.late]).toEqual([10, false]);
  // The network is cut: nothing is answered.
  vi.advanceTimersByTime(20_000);
  expect(claim.late).toBe(false);
  vi.advanceTimersByTime(10_000);
  expect(claim.late).toBe(true);
  // Heard of again, but another one may have got it.
  for (const answer of flushes) answer();
  await settle();
  expect(claim.late).toBe(true);
  inHand.stop();
});

it('is late when the process stood still, before any timer runs', () => {
  const claim = new Claim(held(), performance.now(), 3000);
  vi.advanceTimersByTime(2600);
  expect(claim.late).toBe(false);
  vi.advanceTimersByTime(500);
  expect(claim.late).toBe(true);
  claim.renewed(performance.now());
  expect(claim.late).toBe(true);
});

it('counts from the pull that brought the message: it may have been on its way for long', () => {
  const { bus } = connection();
  const asked_ms = performance.now();
  vi.advanceTimersByTime(2900);
  expect(new InHand(bus).add(held(), asked_ms, 3000).late).toBe(true);
});

it('lets wait for room', async () => {
  const { bus } = connection();
  const inHand = new InHand(bus);
  const claims = [held(100), held(1), held(1)].map((message) => inHand.add(message, 0, 30_000));
  const stop = new AbortController();
  let room = false;
  const waiting = inHand.below(2, 50, stop.signal).then(() => (room = true));
  inHand.remove(claims[1] as Claim);
  await settle();
  expect([room, inHand.count, inHand.bytes]).toEqual([false, 2, 101]);
  inHand.remove(claims[0] as Claim);
  inHand.remove(claims[0] as Claim);
  await waiting;
  expect([inHand.count, inHand.bytes]).toEqual([1, 1]);
  expect(getEventListeners(stop.signal, 'abort')).toEqual([]);
  const never = inHand.below(0, 0, stop.signal);
  stop.abort();
  await never;
});
