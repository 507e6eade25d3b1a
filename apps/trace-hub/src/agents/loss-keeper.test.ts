import { Counters } from '#app-kit';
import { type Loss } from '#clickhouse';
import { expect, it, vi } from 'vitest';
import { type HubParts } from '../parts.js';
import { LossKeeper } from './loss-keeper.js';

const loss = (seq: number, values: Partial<Loss> = {}): Loss => ({
  agent_id: 'web1',
  netns: '',
  run: 'aa',
  seq,
  cause: 'overrun',
  events: 10,
  from_us: 0,
  until_us: 1,
  ...values,
});

it('keeps their order while ClickHouse is away, and what grew meanwhile', async () => {
  const stored: Loss[][] = [];
  let away = true;
  const store = {
    storeLosses: (losses: readonly Loss[]) => {
      if (away) return Promise.reject(new Error('away'));
      stored.push([...losses]);
      return Promise.resolve();
    },
  };
  const log = { log: vi.fn(), warn: vi.fn(), error: vi.fn(), debug: vi.fn() };
  const parts = { store, log, counters: new Counters() } as unknown as HubParts;
  const keeper = new LossKeeper(parts, 1);
  keeper.add(Array.from({ length: 60 }, (_, at) => loss(at + 1)));
  await vi.waitFor(() => expect(log.warn).toHaveBeenCalled(), 20_000);
  keeper.add([loss(1, { events: 11 }), loss(60, { first_seq: 2, events: 590 })]);
  away = false;
  await keeper.settled(20_000);
  await keeper.close();
  expect(stored.flat().map(({ seq }) => seq)).toEqual(Array.from({ length: 60 }, (_, at) => at + 1));
  expect(stored.flat().at(0)?.events).toBe(11);
  expect(stored.flat().at(-1)).toMatchObject({ first_seq: 2, events: 590 });
});

it('says when it has no room', async () => {
  const store = { storeLosses: () => Promise.reject(new Error('away')) };
  const log = { log: vi.fn(), warn: vi.fn(), error: vi.fn(), debug: vi.fn() };
  const keeper = new LossKeeper({ store, log, counters: new Counters() } as unknown as HubParts, 1);
  const many = Array.from({ length: 10_000 }, (_, at) => loss(at + 1));
  expect(keeper.add(many)).toBe(true);
  expect(keeper.add([loss(1, { events: 11 })])).toBe(true);
  expect(keeper.add([loss(10_001)])).toBe(false);
  await keeper.close();
});
