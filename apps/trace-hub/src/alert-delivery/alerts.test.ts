import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { type AlertMessage, packSilence, type Silence, silenceKey, StateBucket, subjects } from '#bus';
import { type AlertJson } from '#clickhouse';
import { tokenLine } from '../auth/token-lines.js';
import { digestOf, newToken } from '../auth/token.js';
import { type ProblemDetails } from '../http/problem.js';
import { alertTime, firingAlert, publishAlerts, resolvedAlert } from '../testing/alerts.js';
import { counted, startReplica, startTestHub, type TestHub } from '../testing/hub.js';
import { SilencesService } from './silences.service.js';

vi.setConfig({ testTimeout: 30_000, hookTimeout: 60_000 });

let hub: TestHub;
let dir: string;
const [reader, admin] = [newToken(), newToken()];

const first = firingAlert({ id: 'a1' });
const over = firingAlert({ id: 'a2', severity: 'critical', group: { ip_src: 'o"x' }, silenced: true });
const end = resolvedAlert(over);

type Method = 'GET' | 'POST' | 'DELETE';
const ask = (url: string, method: Method = 'GET', payload?: object, token = admin) =>
  hub.nest.inject({
    method,
    url: `/api/v1/alerts${url}`,
    headers: { authorization: `Bearer ${token}` },
    ...(payload && { payload }),
  });
const list = async <T>(url: string): Promise<T[]> => {
  const response = await ask(url);
  expect([response.statusCode, response.statusCode === 200 ? '' : response.body]).toEqual([200, '']);
  const { rows, count } = response.json<{ rows: T[]; count: number }>();
  expect(count).toBe(rows.length);
  return rows;
};
const idsOf = async (query: string): Promise<string[]> =>
  (await list<AlertJson>(`?${query}`)).map(({ id }) => id);

beforeAll(async () => {
  dir = mkdtempSync(join(tmpdir(), 'visor-alerts-'));
  const tokensFile = join(dir, 'tokens');
  const line = (name: string, role: 'read' | 'admin', token: string): string =>
    `${tokenLine(name, role, digestOf(token))}\n`;
  writeFileSync(tokensFile, line('cron', 'read', reader) + line('ops', 'admin', admin));
  hub = await startTestHub({ tokensFile });
  await publishAlerts(hub.bus, first, over, end);
  await counted(hub, 'alerts_stored', 3);
});
afterAll(async () => {
  await hub.destroy();
  rmSync(dir, { recursive: true, force: true });
});

describe('GET /api/v1/alerts', () => {
  it('tells alerts in their newest state', async () => {
    expect(await list('')).toEqual([first, end]);
  });

  it.each([
    ['state=firing', ['a1']],
    ['state=firing,resolved', ['a1', 'a2']],
    ['severity=critical&severity=info', ['a2']],
    ['silenced=false', ['a1']],
    ['match=ip-src%3D10.*', ['a1']],
    ['match=ip_src!%3D10.0.0.1&match=labels.team%3Dnet', ['a2']],
    ['match=rule%3Dx', []],
    ['last=1', ['a2']],
    ['first=1', ['a1']],
    ['since=1h', ['a1', 'a2']],
    ['until=1h', []],
  ])('filters by %s', async (query, ids) => {
    expect(await idsOf(query)).toEqual(ids);
  });

  it.each([
    ['state=open', 'state', 'state: "open" is not known; use firing or resolved'],
    ['severity=page', 'severity', 'severity: "page" is not known'],
    ['silenced=maybe', 'silenced', 'silenced'],
    ['match=rule', 'match', 'match: "rule" is no matcher; one is FIELD=VALUE'],
    ['dport=80', 'dport', 'dport'],
    ['last=0', 'last', 'last'],
    ['since=1h&until=2h', 'until', 'is not after'],
  ])('refuses %s with a problem that names it', async (query, field, why) => {
    const response = await ask(`?${query}`);
    const problem = response.json<ProblemDetails>();
    expect([response.statusCode, problem.field]).toEqual([400, field]);
    expect(problem.detail).toContain(why);
  });

  it('has other forms, and tells what was searched where there is none', async () => {
    const lines = (await ask('?format=jsonl')).body.trimEnd().split('\n');
    expect(lines.map((text) => JSON.parse(text) as object)).toEqual([first, end]);
    expect((await ask('?format=csv')).body.split('\r\n')[0]).toMatch(/^"?id"?,"?rule/);
    expect((await ask('?format=arrow')).rawPayload.length).toBeGreaterThan(500);
    const none = await ask('?match=rule%3Dx');
    expect(none.json()).toMatchObject({ rows: [], searched: { since: null } });
  });
});

describe('pages of alerts', () => {
  interface Page {
    rows: AlertJson[];
    count: number;
    next?: string;
  }
  const page = async (query: string): Promise<Page> => (await ask(`?${query}`)).json<Page>();
  /** The ids of one page after the other. */
  async function pages(query: string, more = query): Promise<string[][]> {
    const found: string[][] = [];
    let { rows, next } = await page(query);
    for (;;) {
      found.push(rows.map(({ id }) => id));
      if (next === undefined) return found;
      ({ rows, next } = await page(`${more}&cursor=${next}`));
    }
  }
  // Three of them began at one time.
  const ids = ['p1', 'p2', 'p3', 'p4', 'p5'];
  const all = ids.map((id, at) => {
    const at_ms = Date.now() - 7_200_000 + Math.max(0, at - 2) * 1000;
    const begun = alertTime(Math.floor(at_ms / 60_000) * 60_000 + Math.max(0, at - 2));
    return firingAlert({ id, rule: 'paged', started_at: begun, at: begun });
  });

  beforeAll(async () => {
    const before = hub.counters.counter('alerts_stored').value;
    await publishAlerts(hub.bus, ...all, resolvedAlert(all[2] as AlertMessage));
    await counted(hub, 'alerts_stored', before + 6);
  });

  it('go on where the one before ended, from either end, each alert once', async () => {
    expect(await pages('match=rule=paged&first=2')).toEqual([['p1', 'p2'], ['p3', 'p4'], ['p5']]);
    expect(await pages('match=rule=paged&last=2')).toEqual([['p4', 'p5'], ['p2', 'p3'], ['p1']]);
    expect(await pages('match=rule=paged&limit=5')).toEqual([ids]);
    expect(await pages('match=rule=paged&first=1', 'match=rule=paged&limit=3')).toEqual([
      ['p1'],
      ['p2', 'p3', 'p4'],
      ['p5'],
    ]);
    expect(
      await pages('match=rule=paged&first=1&state=firing&since=1d', 'match=rule=paged&state=firing&limit=9'),
    ).toEqual([['p1'], ['p2', 'p4', 'p5']]);
  });

  it('are of the time of the first one', async () => {
    const { next = '' } = await page('match=rule=paged&first=1&until=1h');
    const late = firingAlert({ id: 'p9', rule: 'paged' });
    const before = hub.counters.counter('alerts_stored').value;
    await publishAlerts(hub.bus, late);
    await counted(hub, 'alerts_stored', before + 1);
    const { rows } = await page(`match=rule=paged&cursor=${next}&limit=100`);
    expect(rows.map(({ id }) => id)).toEqual(ids.slice(1));
  });

  it('refuse a cursor of another question, time or end, and what is none', async () => {
    const { next = '' } = await page('match=rule=paged&first=1&since=1d');
    const forged = Buffer.from(next, 'base64url').toString().replace('"p1"', '"p3"');
    for (const [query, why] of [
      [`match=rule=other&cursor=${next}`, 'it belongs to another question'],
      [`cursor=${next}`, 'it belongs to another question'],
      [`match=rule=paged&state=firing&cursor=${next}`, 'it belongs to another question'],
      [`match=rule=paged&since=2d&cursor=${next}`, 'it is of another time'],
      [`match=rule=paged&last=2&cursor=${next}`, 'it is of pages from the first alert on; use first with it'],
      ['cursor=', 'is none that this hub gave'],
      ['cursor=bnVsbA', 'is none that this hub gave'],
      [`match=rule=paged&cursor=${Buffer.from(forged).toString('base64url')}`, 'is none that this hub gave'],
    ] as const) {
      const response = await ask(`?${query}`);
      const problem = response.json<ProblemDetails>();
      expect([query, response.statusCode, problem.field]).toEqual([query, 400, 'cursor']);
      expect(problem.detail).toContain(why);
    }
    expect((await ask(`?match=rule=paged&since=1d&cursor=${next}`)).statusCode).toBe(200);
  });
});

describe('GET /api/v1/alerts/{id}', () => {
  it('tells an alert with its states', async () => {
    expect((await ask('/a2')).json()).toEqual({ ...end, history: [over, end] });
    expect((await ask('/a1')).json()).toEqual({ ...first, history: [first] });
  });

  it('of none is a problem', async () => {
    const response = await ask('/nobody');
    expect([response.statusCode, response.json<ProblemDetails>().detail]).toEqual([
      404,
      'there is no alert "nobody"; the list of alerts has those there are',
    ]);
  });
});

describe('what is no alert', () => {
  it('is rejected, and shown', async () => {
    const shown: string[] = [];
    hub.bus.connection.subscribe(subjects.rejected, {
      callback: (_, message) => void shown.push(message.headers?.get('Visor-Reason') ?? ''),
    });
    await hub.bus.js.publish('visor.v1.alerts.info.x', JSON.stringify({ ...first, state: 'open' }));
    await counted(hub, 'alert_deliveries_rejected', 1, 'malformed');
    await vi.waitFor(() => expect(shown).toEqual(['malformed: state is none of firing, resolved']), 20_000);
  });
});

describe('silences', () => {
  const wanted = { match: ['rule=port-*', 'ip-src=10.0.0.1'], for: '2h', comment: 'a test' };
  const add = async (body: object): Promise<Silence> => {
    const response = await ask('/silences', 'POST', body);
    expect(response.statusCode).toBe(201);
    return response.json();
  };

  it('are made, listed, in force at all hubs, and ended', async () => {
    const replica = await startReplica(hub);
    const books = [hub.nest, replica.nest].map((nest) => nest.get(SilencesService));
    await Promise.all(books.map((book) => book.whenLoaded));
    const silence = await add(wanted);
    expect(silence).toMatchObject({ match: wanted.match, comment: 'a test', by: 'ops' });
    expect(Date.parse(silence.until) - Date.now()).toBeGreaterThan(7_100_000);
    expect(await list('/silences')).toEqual([silence]);
    const found = (alert = first): (string | undefined)[] => books.map((book) => book.find(alert)?.id);
    await vi.waitFor(() => expect(found()).toEqual([silence.id, silence.id]), { timeout: 10_000 });
    expect(found(over)).toEqual([undefined, undefined]);
    expect(books[1]?.find(first, Date.parse(silence.until))).toBeUndefined();
    expect((await ask(`/silences/${silence.id}`, 'DELETE')).statusCode).toBe(204);
    await vi.waitFor(() => expect(found()).toEqual([undefined, undefined]), { timeout: 10_000 });
    expect(await list('/silences')).toEqual([]);
    const again = await ask(`/silences/${silence.id}`, 'DELETE');
    expect([again.statusCode, again.json<ProblemDetails>().detail]).toEqual([
      404,
      `there is no silence "${silence.id}"`,
    ]);
    await replica.destroy();
  });

  it('outlive the hub; what is none in the bucket is told of, and left', async () => {
    const silence = await add({ match: ['rule=kept'], until: new Date(Date.now() + 60_000).toISOString() });
    const bucket = new StateBucket(Promise.resolve(hub.bus));
    await bucket.put(silenceKey('odd'), new TextEncoder().encode('{"id":7}'));
    await bucket.put(silenceKey('other'), packSilence({ ...silence, match: ['=x'] }));
    const replica = await startReplica(hub);
    const book = replica.nest.get(SilencesService);
    await book.whenLoaded;
    expect(book.all).toEqual([silence]);
    await hub.log.next(/the silence odd in NATS is not understood \(id is not text/);
    await hub.log.next(/the silence other in NATS is not understood \(match "=x" is no matcher/);
    await replica.destroy();
    await ask(`/silences/${silence.id}`, 'DELETE');
  });

  it.each<[unknown, string, string]>([
    [{ ...wanted, match: [] }, 'match', 'match is no list of matchers'],
    [{ ...wanted, match: 'rule=x' }, 'match', 'match is no list of matchers'],
    [{ ...wanted, match: ['x'] }, 'match', '"x" is no matcher'],
    [{ ...wanted, match: ['ip-scr!=10.0.0.1'] }, 'match', 'no alert has "ip_scr"'],
    [{ ...wanted, for: '2 h' }, 'for', 'for "2 h" is no length of time'],
    [{ ...wanted, for: '999999d' }, 'for', 'for "999999d" is no length of time'],
    [{ match: ['rule=x'] }, 'for', 'for (2h, 1d) or until (RFC 3339) is missing'],
    [{ ...wanted, until: '2099-01-01T00:00:00Z' }, 'for', 'or both are given'],
    [{ match: ['rule=x'], until: 'tomorrow' }, 'until', 'until "tomorrow" is no time of'],
    [{ match: ['rule=x'], until: '2020-01-01T00:00:00Z' }, 'until', 'is no time of the 366 days to come'],
    [{ ...wanted, comment: 7 }, 'comment', 'comment is no text'],
    [{ ...wanted, by: 'me' }, 'by', 'the field by is not known'],
  ])('are refused: %j', async (body, field, why) => {
    const response = await ask('/silences', 'POST', body as object);
    const problem = response.json<ProblemDetails>();
    expect([response.statusCode, problem.field]).toEqual([400, field]);
    expect(problem.detail).toContain(why);
  });

  it('take the role admin, to read them takes any', async () => {
    expect((await ask('/silences', 'POST', wanted, reader)).statusCode).toBe(403);
    expect((await ask('/silences/x', 'DELETE', undefined, reader)).statusCode).toBe(403);
    expect((await ask('/silences', 'GET', undefined, reader)).statusCode).toBe(200);
    expect((await ask('/silences', 'POST', { nothing: 1 })).statusCode).toBe(400);
  });
});
