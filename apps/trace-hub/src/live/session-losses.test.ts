import { describe, expect, it } from 'vitest';
import { type LossJson, type LossQuery } from '#clickhouse';
import { lossJson } from '../agents/loss-json.js';
import { type RawQuery } from '../http/raw-query.js';
import { readQuery } from '../http/read-query.js';
import { SessionLosses } from './session-losses.js';
import { streamQuery, StreamParameters } from './stream-query.js';

const start = Date.UTC(2026, 10, 21, 14, 3, 0) * 1000;
const at = (second: number): number => start + second * 1e6;
const text = (second: number): string => new Date(at(second) / 1000).toISOString().replace('Z', '000Z');

const loss = (seq: number, until: number, values: Partial<LossJson> = {}): LossJson => ({
  ...lossJson({
    agent_id: 'web1',
    netns: '',
    run: 'aa',
    seq,
    cause: 'overrun',
    events: 10,
    from_us: at(until - 1),
    until_us: at(until),
  }),
  ...values,
});
const news = (of: LossJson, fresh = true) => {
  const until_us = Date.parse(of.until) * 1000;
  return { loss: of, until_us, at_us: until_us, fresh };
};

function session(query: RawQuery, stored: LossJson[] = []) {
  const sent: [number, number][] = [];
  const asked: LossQuery[] = [];
  const send = (json: string): void => {
    const { seq, events } = JSON.parse(json) as LossJson;
    sent.push([seq, events]);
  };
  const read = (lossQuery: LossQuery) => {
    asked.push(lossQuery);
    return Promise.resolve(stored);
  };
  return {
    losses: new SessionLosses(streamQuery(readQuery(StreamParameters, query)), send, read, at(100)),
    sent,
    asked,
  };
}

describe('SessionLosses', () => {
  it('sends those of the store before the rows that came after them, the rest at the end', async () => {
    const { losses, sent, asked } = session({ last: '5' }, [loss(1, 10), loss(2, 20), loss(3, 30)]);
    await losses.load(text(5));
    expect(asked).toMatchObject([{ sinceUs: at(5), take: { last: 10_000 } }]);
    losses.sendUntil(text(10));
    expect(sent).toEqual([]);
    losses.sendUntil(text(20.5));
    expect(sent.map(([seq]) => seq)).toEqual([1, 2]);
    losses.sendUntil(undefined);
    expect(sent.map(([seq]) => seq)).toEqual([1, 2, 3]);
  });

  it('asks from since on, where it is given', async () => {
    const { losses, asked } = session({ since: '2026-11-21T14:00:00Z', 'agent-id': 'web1' });
    await losses.load(text(5));
    expect(asked).toMatchObject([{ sinceUs: at(-180), filter: { column: 'agent_id', value: 'web1' } }]);
  });

  it('holds live ones until the stored ones are sent, and tells none twice', async () => {
    const { losses, sent } = session({ last: '5' }, [loss(1, 10), loss(2, 20)]);
    losses.take(news(loss(2, 20)));
    losses.take(news(loss(1, 11, { events: 15 })));
    losses.take(news(loss(3, 30)));
    await losses.load(text(5));
    losses.sendUntil(undefined);
    losses.live();
    expect(sent).toEqual([
      [1, 10],
      [2, 10],
      [1, 15],
      [3, 10],
    ]);
    losses.take(news(loss(3, 31, { events: 11 })));
    expect(sent.at(-1)).toEqual([3, 11]);
  });

  it('tells who comes back what it missed, however old, and then what came meanwhile', () => {
    const { losses, sent } = session({ netns: '' });
    losses.take(news(loss(2, 99, { events: 12 })));
    losses.take(news(loss(3, 99)));
    losses.missed([news(loss(1, 10), false), news(loss(2, 98)), news(loss(4, 98, { netns: 'blue' }))]);
    losses.live();
    expect(sent).toEqual([
      [1, 10],
      [2, 12],
      [3, 10],
    ]);
  });

  it('filters by agent and namespace, and by nothing that only packets have', () => {
    const { losses, sent } = session({ agent_id: 'web1,web2', netns: '!blue', dport: '443' });
    losses.live();
    losses.take(news(loss(1, 10)));
    losses.take(news(loss(2, 10, { agent_id: 'web3' })));
    losses.take(news(loss(3, 10, { netns: 'blue' })));
    losses.take(news(loss(4, 10, { agent_id: 'web2', netns: 'green' })));
    expect(sent.map(([seq]) => seq)).toEqual([1, 4]);
  });

  it('leaves out old ones that the hub only now hears of', () => {
    const { losses, sent } = session({});
    losses.live();
    losses.take(news(loss(1, 10), false));
    losses.take(news(loss(2, 95), false));
    losses.take(news(loss(3, 10), true));
    expect(sent.map(([seq]) => seq)).toEqual([2, 3]);
  });
});
