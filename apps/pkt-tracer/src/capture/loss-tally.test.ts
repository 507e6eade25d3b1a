import { describe, expect, it } from 'vitest';
import { LossTally } from './loss-tally.js';

describe('LossTally', () => {
  it('gives one loss a cause, then starts over', () => {
    const tally = new LossTally();
    tally.add('overrun', 5, 10, 20);
    tally.add('malformed', 1, 12, 12);
    tally.add('overrun', 2, 15, 30);
    tally.add('backlog', 0, 1, 2);
    expect(tally.take()).toEqual([
      { cause: 'overrun', events: 7, from_us: 10, until_us: 30 },
      { cause: 'malformed', events: 1, from_us: 12, until_us: 12 },
    ]);
    expect(tally.take()).toEqual([]);
    tally.add('overrun', 1, 40, 50);
    expect(tally.take()).toEqual([{ cause: 'overrun', events: 1, from_us: 40, until_us: 50 }]);
  });
});
