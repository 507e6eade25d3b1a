import { expect, it } from 'vitest';
import { HeldTally } from './held-tally.js';

const place = (chain: string) => ({ fate: 'dropped', family: 'inet', table: 'filter', chain });
const s = 1_000_000;

it('adds up by cause and place until somebody is told', () => {
  const tally = new HeldTally();
  tally.add('rate', 'a', place('a'), 2, 10 * s);
  tally.add('rate', 'b', place('b'), 5, 11 * s);
  tally.add('away', 'a', place('a'), 4, 12 * s);
  expect(tally.message('web1', 13 * s)).toEqual({
    agent_id: 'web1',
    since: '1970-01-01T00:00:10.000000Z',
    until: '1970-01-01T00:00:13.000000Z',
    events: 11,
    causes: { rate: 7, away: 4 },
    places: [
      { ...place('a'), events: 6 },
      { ...place('b'), events: 5 },
    ],
    elsewhere: 0,
  });
});

it('takes back what nobody heard of, with what has come since', () => {
  const [untold, tally] = [new HeldTally(), new HeldTally()];
  untold.add('rate', 'a', place('a'), 2, 10 * s);
  untold.add('rate', 'b', place('b'), 9, 11 * s);
  tally.add('lost', 'a', place('a'), 4, 12 * s);
  tally.join(untold);
  tally.join(new HeldTally());
  const sum = {
    since: '1970-01-01T00:00:10.000000Z',
    events: 15,
    causes: { rate: 11, lost: 4 },
    places: [
      { ...place('b'), events: 9 },
      { ...place('a'), events: 6 },
    ],
  };
  expect(tally.message('web1', 13 * s)).toMatchObject(sum);
  const empty = new HeldTally();
  empty.join(tally);
  expect(empty.message('web1', 13 * s)).toMatchObject(sum);
});

it('tells the twenty places that have most, and how many events the others have', () => {
  const tally = new HeldTally();
  for (let n = 1; n <= 30; n++) tally.add('rate', `${n}`, place(`${n}`), n, s);
  const { places, elsewhere, events } = tally.message('web1', s);
  expect(places.map(({ chain }) => Number(chain))).toEqual(Array.from({ length: 20 }, (_, i) => 30 - i));
  expect([events, elsewhere]).toEqual([465, 55]);
});

it('keeps a thousand places apart at most, and counts the events of all', () => {
  const tally = new HeldTally();
  for (let n = 0; n < 5000; n++) tally.add('rate', `${n}`, place(`${n}`), 1, s);
  expect(tally.message('web1', s)).toMatchObject({ events: 5000, elsewhere: 4980 });
  expect(tally.places).toBe(1000);
});
