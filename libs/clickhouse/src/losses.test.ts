import { describe, expect, it } from 'vitest';
import { equal, not } from '#filter';
import { type LossJson } from './loss-columns.js';
import { type Loss, type LossQuery, selectLosses } from './losses.js';
import { type Store } from './store.js';
import { nowUs } from './testing/batch.js';
import { storageModes, temporaryStore } from './testing/directory.js';

const start = Math.floor(nowUs() / 1e6) * 1e6 - 3600e6;
const at = (second: number): number => start + second * 1e6;
const text = (us: number): string => new Date(us / 1000).toISOString().replace('Z', '000Z');

const loss = (values: Partial<Loss> = {}): Loss => ({
  agent_id: "o'brien\\1",
  netns: '',
  run: '00ff',
  seq: 1,
  cause: 'overrun',
  events: 10,
  from_us: at(0),
  until_us: at(1),
  ...values,
});

async function losses(store: Store, query: Partial<LossQuery> = {}): Promise<LossJson[]> {
  const lines = await store.queryText(selectLosses({ take: { last: 100 }, ...query }));
  return lines
    .split('\n')
    .filter(Boolean)
    .map((line) => JSON.parse(line) as LossJson);
}

describe.each(storageModes)('losses (%s)', { timeout: 30_000 }, (mode) => {
  it('come back as they were stored', async () => {
    const store = await temporaryStore(mode);
    await store.storeLosses([loss({ netns: 'blue', events: 2 ** 53 - 1, cause: '"\u{1F600}\n' })]);
    expect(await losses(store)).toEqual([
      {
        ts: text(at(0)),
        until: text(at(1)),
        agent_id: "o'brien\\1",
        netns: 'blue',
        run: '00ff',
        seq: 1,
        cause: '"\u{1F600}\n',
        events: 2 ** 53 - 1,
      },
    ]);
  });

  it('are there once, in their latest state, however often and by whomever they are stored', async () => {
    const store = await temporaryStore(mode);
    const grown = loss({ events: 25, until_us: at(3) });
    await Promise.all([store.storeLosses([grown]), store.storeLosses([loss()])]);
    await store.storeLosses([loss(), loss({ seq: 2, from_us: at(9), until_us: at(9) })]);
    await store.storeLosses([loss({ run: 'aa', until_us: at(4) })]);
    expect((await losses(store)).map((l) => [l.run, l.seq, l.events, l.until])).toEqual([
      ['00ff', 1, 25, text(at(3))],
      ['aa', 1, 10, text(at(4))],
      ['00ff', 2, 10, text(at(9))],
    ]);
  });

  it('that stand for several add only what is missing', async () => {
    const store = await temporaryStore(mode);
    await store.storeLosses([
      loss({ seq: 1, events: 5 }),
      loss({ seq: 3, events: 7, from_us: at(6), until_us: at(7) }),
    ]);
    await store.storeLosses([loss({ seq: 2, events: 100, cause: 'backlog' })]);
    const sum = async () => (await losses(store, { causes: ['overrun'] })).map((l) => [l.seq, l.events]);
    const whole = loss({ first_seq: 1, seq: 3, events: 12, until_us: at(7) });
    await store.storeLosses([whole]);
    expect(await sum()).toEqual([
      [1, 5],
      [3, 7],
    ]);
    for (let hub = 0; hub < 2; hub++) {
      await store.storeLosses([loss({ first_seq: 1, seq: 4, events: 30, until_us: at(9) })]);
      expect(await sum()).toEqual([
        [1, 5],
        [3, 7],
        [4, 18],
      ]);
    }
    expect(await losses(store, { causes: ['backlog'] })).toHaveLength(1);
  });

  it('that stand for several count once beside those, stored at one time', async () => {
    const store = await temporaryStore(mode);
    await store.storeLosses([
      loss({ seq: 1, events: 5 }),
      loss({ seq: 2, first_seq: 1, events: 12 }),
      loss({ seq: 3, first_seq: 1, events: 20 }),
    ]);
    expect((await losses(store)).map((l) => [l.seq, l.events])).toEqual([
      [1, 5],
      [2, 7],
      [3, 8],
    ]);
  });

  it('are found by agent, namespace, cause and the time they touch', async () => {
    const store = await temporaryStore(mode);
    await store.storeLosses([
      loss({ agent_id: 'web1', seq: 1, from_us: at(0), until_us: at(10) }),
      loss({ agent_id: 'web1', seq: 2, netns: 'blue', cause: 'backlog', from_us: at(20), until_us: at(30) }),
      loss({ agent_id: 'web2', seq: 3, cause: 'odd', from_us: at(40), until_us: at(50) }),
    ]);
    const seqs = async (query: Partial<LossQuery>) => (await losses(store, query)).map((l) => l.seq);
    expect(await seqs({ filter: equal('agent_id', 'web1') })).toEqual([1, 2]);
    expect(await seqs({ filter: not(equal('netns', 'blue')) })).toEqual([1, 3]);
    expect(await seqs({ causes: ['backlog', 'odd'] })).toEqual([2, 3]);
    expect(await seqs({ notCauses: ['backlog', 'odd'] })).toEqual([1]);
    expect(await seqs({ sinceUs: at(30), untilUs: at(40) })).toEqual([2]);
    expect(await seqs({ sinceUs: at(31) })).toEqual([3]);
    expect(await seqs({ untilUs: at(1) })).toEqual([1]);
    expect(await seqs({ take: { last: 2 } })).toEqual([2, 3]);
    expect(await seqs({ take: { first: 2 } })).toEqual([1, 2]);
  });

  it('have a statement as in golden/losses.sql', async () => {
    const { sql, params } = selectLosses({
      filter: equal('agent_id', 'web1'),
      causes: ['overrun'],
      notCauses: ['backlog'],
      sinceUs: 1_795_000_000_000_000,
      untilUs: 1_795_000_001_000_000,
      take: { last: 100 },
    });
    await expect(`${sql}\n-- ${JSON.stringify(params)}\n`).toMatchFileSnapshot('../golden/losses.sql');
  });
});
