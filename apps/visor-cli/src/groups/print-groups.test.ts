import { type RequestListener } from 'node:http';
import { afterEach, describe, expect, it } from 'vitest';
import { type Session } from '../session.js';
import { FakeHub } from '../testing/fake-hub.js';
import { groupsAnswer } from '../testing/groups.js';
import { testSession } from '../testing/session.js';
import { type GroupView, printGroups } from './print-groups.js';
import { noDrops } from './top.js';

const hubs: FakeHub[] = [];
afterEach(() => Promise.all(hubs.splice(0).map((hub) => hub.stop())));

const answers =
  (document: object): RequestListener =>
  (_, response) => {
    response.writeHead(200, { 'content-type': 'application/json; charset=utf-8' });
    response.end(JSON.stringify(document));
  };

async function print(document: object, view: Partial<GroupView> = {}, values: Partial<Session> = {}) {
  const hub = await FakeHub.start(answers(document));
  hubs.push(hub);
  const session = testSession(hub.url, values);
  const query = { by: 'ip-src,fate', dport: ['443'], sort: '-packets' };
  const found = await printGroups(
    query,
    { format: 'table', exact: false, limitFlag: '-n', ...view },
    session,
  );
  return { text: session.printed(), notices: session.notices, found, url: hub.requests[0]?.url };
}

describe('printGroups', () => {
  it('prints groups with their shares, others, the total, and what was looked at', async () => {
    const { text, found, url, notices } = await print(groupsAnswer());
    expect(text).toBe(`\
IP_SRC    FATE      PACKETS      %     BYTES      %  DROPS      %
10.0.0.1  accepted   1.23 M   99.9  4.66 GiB   99.9      0    0.0
10.0.0.2  dropped     100     <0.1  5.86 KiB   <0.1    100   99.0
─────────────────────────────────────────────────────────────────
others                 50     <0.1  2.00 KiB   <0.1      1    1.0
total                1.23 M  100.0  4.66 GiB  100.0    101  100.0

time    between 13:00:00Z and 14:00:00Z (1h)
filter  dport=443
sort    -packets
shown   2 groups, and there are more; -n shows them
cost    12.3 k rows of flows_1m read in 17 ms
`);
    expect({ found, notices }).toEqual({ found: 2, notices: [] });
    expect(url).toBe('/api/v1/aggregate?by=ip-src%2Cfate&dport=443&sort=-packets');
  });

  it('tells groups that do not meet a condition from those that were not asked for', async () => {
    const hub = await FakeHub.start(answers(groupsAnswer()));
    hubs.push(hub);
    const shown = async (limit: string, view: Partial<GroupView> = {}): Promise<string> => {
      const session = testSession(hub.url);
      const query = { by: 'ip_src', having: 'packets>9', limit };
      await printGroups(query, { format: 'table', exact: false, limitFlag: '-n', ...view }, session);
      return /^shown +(.*)$/m.exec(session.printed())?.[1] ?? '';
    };
    expect(await shown('20')).toBe('2 groups; the others do not meet --having');
    expect(await shown('20', { unmet: noDrops })).toBe('2 groups; the others have no drops');
    expect(await shown('2')).toBe('2 groups, and there are more; -n shows them');
  });

  it('has exact numbers where they are asked for', async () => {
    const { text } = await print(groupsAnswer(), { exact: true });
    expect(text).toContain('10.0.0.1  accepted  1234567   99.9  5000000000   99.9');
  });

  it('has exact numbers in CSV, others last, nothing for their keys', async () => {
    const { text } = await print(groupsAnswer(), { format: 'csv' });
    expect(text).toBe(
      'ip_src,fate,packets,bytes,drops\r\n10.0.0.1,accepted,1234567,5000000000,0\r\n' +
        '10.0.0.2,dropped,100,6000,100\r\n,,50,2048,1\r\n',
    );
  });

  it('prints the hub’s document as JSON, and its rows as lines', async () => {
    expect(JSON.parse((await print(groupsAnswer(), { format: 'json' })).text)).toEqual(groupsAnswer());
    const lines = (await print(groupsAnswer(), { format: 'jsonl' })).text.trimEnd().split('\n');
    expect(lines.map((line) => JSON.parse(line) as object)).toEqual([
      ...groupsAnswer().rows,
      { ip_src: null, fate: null, packets: 50, bytes: 2048, drops: 1 },
    ]);
  });

  it('says what there is in the time where nothing matches', async () => {
    const { searched } = groupsAnswer();
    const agents = [{ agent_id: 'we\x1bb', packets: 1500, first: searched.since, last: searched.until }];
    const nothing = groupsAnswer({
      rows: [],
      others: undefined as never,
      total: { packets: 0 },
      searched: { ...searched, agents } as never,
    });
    const { text, found, notices } = await print(nothing);
    expect({ text, found }).toEqual({ text: '', found: 0 });
    expect(notices).toEqual([
      'nothing matches',
      'we\\x1bb has 1.50 k packets in that time, from 13:00:00.000000Z to 14:00:00.000000Z',
    ]);
    expect((await print(nothing, { format: 'csv' })).text).toBe('ip_src,fate,packets\r\n');
  });

  it('fits the terminal by cutting off keys, never numbers', async () => {
    const rule = 'ip saddr 10.0.0.0/8 tcp dport { 22, 80, 443 } ct state new accept';
    const rows = [
      { rule, packets: 5 },
      { rule: '', packets: 7 },
    ];
    const { text } = await print(groupsAnswer({ rows, total: { packets: 12 } }), {}, { width: 40 });
    const table = text.split('\n\n')[0]?.split('\n') ?? [];
    expect(table.map((line) => Array.from(line).length).filter((length) => length > 40)).toEqual([]);
    expect(table[1]).toBe('ip saddr 10.0.0.0/8 tcp…        5   41.7');
    expect(table[2]).toMatch(/^policy +7 +58.3$/);
  });

  it('makes what a terminal would act on harmless', async () => {
    const rows = [{ agent_id: 'a\x1b[2J\nb', packets: 1 }];
    const { text } = await print(groupsAnswer({ rows, total: { packets: 1 } }));
    expect(text).toContain('a\\x1b[2J\\x0ab');
  });

  it('prints one row of all without keys', async () => {
    const total = {
      packets: 12,
      'p95(len)': 100.5,
      'max(ts)': '2026-11-21T13:30:00.000001Z',
      'min(ttl)': null,
    };
    const { others: _, ...rest } = groupsAnswer({ rows: [total] as never, total, more: false });
    const hub = await FakeHub.start(answers(rest));
    hubs.push(hub);
    const session = testSession(hub.url);
    await printGroups({}, { format: 'table', exact: false }, session);
    expect(session.printed().split('\n\n')[0]).toBe(
      'PACKETS  P95(LEN)           MAX(TS)  MIN(TTL)\n     12    100.50  13:30:00.000001Z         -',
    );
  });

  it('refuses what is no answer of groups', async () => {
    await expect(print({ hello: 1 })).rejects.toThrow('the hub answers with what are no groups');
  });
});
