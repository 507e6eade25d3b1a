import { type SeriesList } from '#api-client';
import { afterEach, describe, expect, it } from 'vitest';
import { type Session } from '../session.js';
import { FakeHub } from '../testing/fake-hub.js';
import { testSession } from '../testing/session.js';
import { printSeries, type SeriesFormat } from './print-series.js';

const hubs: FakeHub[] = [];
afterEach(() => Promise.all(hubs.splice(0).map((hub) => hub.stop())));

const minutes = Array.from(
  { length: 12 },
  (_, at) => `2026-11-21T14:${String(at).padStart(2, '0')}:00.000000Z`,
);
const counts = [0, 0, 1, 2, 4, 8, 4, 2, 1, 0, 0, 10];
const sum = (values: readonly number[]): number => values.reduce((total, value) => total + value, 0);
const one = (value: string | undefined, points: readonly number[]) => ({
  ...(value !== undefined && { value }),
  total: { packets: sum(points) },
  points: { packets: [...points] },
});
const answer = {
  by: 'fate',
  bucket: '1m',
  times: minutes,
  series: [
    one('accepted', counts),
    one(
      'dro\x1bpped',
      counts.map(() => 1),
    ),
  ],
  others: one(
    undefined,
    counts.map((count) => count / 2),
  ),
  count: 2,
  source: 'traces',
  searched: { since: minutes[0], until: '2026-11-21T14:12:00.000000Z', rows_read: 5, elapsed_ms: 1 },
} as SeriesList;

async function print(document: object, format: SeriesFormat, values: Partial<Session> = {}) {
  const hub = await FakeHub.start((_, response) => {
    response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(document));
  });
  hubs.push(hub);
  const session = testSession(hub.url, values);
  const found = await printSeries({ by: 'fate' }, { format, height: 6 }, session);
  return { text: session.printed(), notices: session.notices, found, url: hub.requests[0]?.url };
}

describe('printSeries', () => {
  it('draws a chart with its scales and a legend', async () => {
    const { text, url, found } = await print(answer, 'chart', { width: 40 });
    expect(text).toBe(`\
packets by fate  in steps of 1m
        20 │
           │                      oo
           │          oo          oo
        10 │          ##          ##
           │        oo##oo        ##
           │====##############====##
         0 └┬─────────┬─────────┬───
            14:00     14:05
                         MAX  TOTAL     %
            #  accepted   10     32  53.3
            =  dro\\x1b…    1     12  20.0
            o  others      5     16  26.7

time  between 14:00:00Z and 14:12:00Z (12m)
cost  5 rows of traces read in 1 ms
`);
    expect(found).toBe(2);
    expect(url).toBe('/api/v1/series?by=fate&bucket=5m');
  });

  it('joins buckets for which there is no column, and says so', async () => {
    const times = Array.from({ length: 60 }, (_, at) =>
      new Date(Date.parse(minutes[0] ?? '') + at * 60_000).toISOString(),
    );
    const points = times.map((_, at) => (at === 31 ? 9 : 1));
    const many = { ...answer, times, series: [one('accepted', points)], others: undefined };
    const { text } = await print(many, 'chart', { width: 42 });
    expect(text).toContain('in steps of 1m; a column is the highest of 2');
    expect(text.split('\n').filter((line) => line.includes('│') && /[▇█]/.test(line)).length).toBeGreaterThan(
      4,
    );
  });

  it('prints every step as CSV and as lines, also those with nothing', async () => {
    const { text, url } = await print(answer, 'csv');
    const lines = text.trimEnd().split('\r\n');
    expect(lines).toHaveLength(1 + 3 * 12);
    expect(lines.slice(0, 3)).toEqual([
      'time,fate,packets',
      `${minutes[0]},accepted,0`,
      `${minutes[1]},accepted,0`,
    ]);
    expect(lines.at(-1)).toBe(`${minutes[11]},,5`);
    expect(url).toBe('/api/v1/series?by=fate');
    const rows = (await print(answer, 'jsonl')).text.trimEnd().split('\n');
    expect(JSON.parse(rows.at(-1) ?? '')).toEqual({ time: minutes[11], fate: null, packets: 5 });
    expect(JSON.parse((await print(answer, 'json')).text)).toEqual(answer);
  });

  it('says that nothing matches', async () => {
    const { text, notices, found } = await print({ ...answer, series: [], others: undefined }, 'chart');
    expect({ text, notices, found }).toEqual({ text: '', notices: ['nothing matches'], found: 0 });
  });

  it('says what there is in the time where nothing matches', async () => {
    const agents = [{ agent_id: 'web1', packets: 1500, first: minutes[0], last: minutes[11] }];
    const searched = { ...answer.searched, agents };
    const { notices } = await print({ ...answer, series: [], others: undefined, searched }, 'chart');
    expect(notices).toEqual([
      'nothing matches',
      expect.stringMatching(/^web1 has 1\.50 k packets in that time, from .*14:00:00\S* to .*14:11:00/),
    ]);
  });
});
