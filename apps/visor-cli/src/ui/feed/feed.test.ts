import { type IncomingMessage, type ServerResponse } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, expect, it } from 'vitest';
import { VisorClient } from '#api-client';
import { Clock } from '../../format/clock.js';
import { FakeHub, lossEvent, rowEvent } from '../../testing/fake-hub.js';
import { rowJson } from '../../testing/rows.js';
import { storeOf } from '../testing/state.js';
import { type UiStore } from '../model/store.js';
import { Feed } from './feed.js';

let hub: FakeHub | undefined;
let feed: Feed | undefined;

afterEach(async () => {
  feed?.close();
  await hub?.stop();
});

/** @param answer to each request; what it does not answer stays open */
async function begin(
  answer: (path: string, query: URLSearchParams, response: ServerResponse) => void,
  some: Parameters<typeof storeOf>[0] = {},
): Promise<UiStore> {
  hub = await FakeHub.start((request: IncomingMessage, response) => {
    const { pathname, searchParams } = new URL(request.url ?? '', 'http://hub');
    answer(pathname.replace('/api/v1/', ''), searchParams, response);
  });
  const store = storeOf(some);
  const client = new VisorClient({ host: hub.url });
  const parts = { client, clock: () => new Clock(Date.now), now: Date.now, state: () => store.state };
  feed = new Feed({ ...parts, dispatch: (action) => store.dispatch(action) }, (listener) =>
    store.subscribe(listener),
  );
  return store;
}

async function until(done: () => boolean): Promise<void> {
  for (const deadline = Date.now() + 20_000; !done() && Date.now() < deadline;) await sleep(20);
  expect(done()).toBe(true);
}

const stream = (response: ServerResponse, text: string): void => {
  response.writeHead(200, { 'content-type': 'text/event-stream' }).write(text);
};
const json = (response: ServerResponse, body: unknown): void => {
  response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(body));
};
const loss = JSON.stringify({
  ...{ ts: '2026-11-21T14:03:11Z', until: '2026-11-21T14:03:12Z', agent_id: 'gw1', netns: '', run: 'a' },
  ...{ seq: 1, cause: 'overrun', events: 37 },
});

it('follows what comes, and what is lost, and asks anew when the filter changes', async () => {
  const asked: string[] = [];
  const store = await begin((_, query, response) => {
    asked.push(query.toString());
    const events = `${rowEvent(rowJson({ dport: asked.length }))}${lossEvent(loss)}`;
    stream(
      response,
      `${events}event: lost\ndata: {"rows": 7, "batches": 0, "losses": 0, "reason": "slow"}\n\n`,
    );
  });
  await until(() => store.state.missing.rows === 7);
  expect(store.state.connection).toEqual({ kind: 'connected' });
  expect(store.state.missing).toMatchObject({ events: 37, rows: 7 });
  expect(store.state.list.entries.map(({ row }) => row.dport)).toEqual(['1']);
  store.dispatch({ type: 'filter', filter: { columns: { dport: ['!80'] }, query: '' } });
  await until(() => store.state.list.entries.length === 1 && store.state.missing.rows === 7);
  expect(store.state.list.entries.map(({ row }) => row.dport)).toEqual(['2']);
  store.dispatch({ type: 'start' });
  await until(() => asked.length === 3);
  expect(asked).toEqual(['last=200', 'dport=%2180&last=200', 'dport=%2180']);
});

it('says that it was cut off, keeps what is there, and comes back by itself', async () => {
  let connections = 0;
  const store = await begin((_, __, response) => {
    connections++;
    stream(response, `retry: 100\n\n${rowEvent(rowJson({ dport: connections }))}`);
    if (connections === 1)
      void until(() => store.state.list.entries.length === 1).then(() => response.destroy());
  });
  const kinds: string[] = [];
  store.subscribe((action) => {
    if (action.type === 'connection') kinds.push(action.connection.kind);
  });
  await until(() => store.state.list.entries.length === 2);
  expect(kinds).toEqual(['connected', 'reconnecting', 'connected']);
});

it('shows the packets of a time, and that they are all', async () => {
  const store = await begin(
    (path, query, response) => {
      const rows = path === 'packets' ? [rowJson({ dport: 80 }), rowJson({ dport: 80 })] : [loss];
      if (path === 'packets') expect(query.get('since')).toMatch(/^\d{4}-/);
      response.writeHead(200, { 'content-type': 'application/x-ndjson' }).end(`${rows.join('\n')}\n`);
    },
    { range: { kind: 'fixed', since: '15m', until: undefined } },
  );
  await until(() => store.state.connection.kind === 'ended');
  expect(store.state.list.entries.map(({ count }) => count)).toEqual([2]);
  expect(store.state.missing.events).toBe(37);
});

it('asks for groups, and says why they do not come while packets do', async () => {
  let answers = 0;
  const total = { packets: 5, bytes: 300, drops: 1 };
  const store = await begin(
    (path, query, response) => {
      if (path === 'stream') return stream(response, rowEvent(rowJson()));
      expect(query.get('by')).toBe('ip_src');
      if (++answers === 1) response.writeHead(503, { 'content-type': 'text/plain' }).end('away');
      else json(response, { rows: [{ ip_src: '10.0.0.2', ...total }], total, more: false, searched: {} });
    },
    { aggregate: ['ip_src'] },
  );
  await until(() => store.state.message?.isError === true);
  await until(() => store.state.connection.kind === 'connected');
  await until(() => store.state.list.groups !== undefined);
  expect(store.state.list.groups?.lines[0]).toMatchObject({
    values: { ip_src: '10.0.0.2' },
    packets: 5,
    drops: 1,
  });
});

it('says what does not pass by itself', async () => {
  const store = await begin((_, __, response) => {
    response.writeHead(401, { 'content-type': 'application/json' }).end('{}');
  });
  await until(() => store.state.connection.kind === 'failed');
  expect(store.state.connection).toMatchObject({ why: expect.stringContaining('token') as string });
});
