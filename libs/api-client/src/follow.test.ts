import { getEventListeners } from 'node:events';
import { type ServerResponse } from 'node:http';
import v8 from 'node:v8';
import vm from 'node:vm';
import { describe, expect, it } from 'vitest';
import { VisorClient } from './client.js';
import { type StreamEvent } from './follow.js';
import { testServers } from './testing/server.js';

const serve = testServers();

const fast = { firstRetryMs: 1, maxRetryMs: 5, random: () => 1 };

function open(response: ServerResponse): ServerResponse {
  return response.writeHead(200, { 'content-type': 'text/event-stream' });
}

/** Reads until `enough` of the events so far, then ends the stream. */
async function collect(
  host: string,
  query: Record<string, string>,
  enough: (events: readonly StreamEvent[]) => boolean,
  options: { idleMs?: number } = {},
): Promise<StreamEvent[]> {
  const controller = new AbortController();
  const events: StreamEvent[] = [];
  const client = new VisorClient({ host });
  for await (const part of client.stream(query, { signal: controller.signal, ...fast, ...options })) {
    events.push(...part);
    if (enough(events)) controller.abort();
  }
  return events;
}

const types = (events: readonly StreamEvent[]): string[] =>
  events.map((event) => (event.type === 'row' ? event.json : event.type));
const rows = (count: number) => (events: readonly StreamEvent[]) =>
  events.filter(({ type }) => type === 'row').length >= count;

/** Node exposes the collector on request only. */
const collectGarbage = (): void => {
  v8.setFlagsFromString('--expose-gc');
  (vm.runInNewContext('gc') as () => void)();
};

describe('stream', () => {
  it('ends on its signal, also when garbage was collected since it began', async () => {
    const server = await serve((_request, response) => {
      open(response).write('event: row\ndata: 1\n\n');
    });
    const controller = new AbortController();
    const stream = new VisorClient({ host: server.url }).stream({}, { signal: controller.signal });
    await stream.next();
    const next = stream.next();
    for (let i = 0; i < 5; i++) {
      await new Promise((resolve) => setTimeout(resolve, 20));
      collectGarbage();
    }
    controller.abort();
    expect(await next).toEqual({ done: true, value: undefined });
  });

  it('takes a connection for dead that gives no answer at all, and holds on to nothing of it', async () => {
    let asked = 0;
    const server = await serve((_, response) => {
      if (++asked === 1) open(response).end('id: 1-1-1\nevent: row\ndata: 1\n\n');
      else if (asked > 4) open(response).write('id: 2-1-1\nevent: row\ndata: 2\n\n');
    });
    const controller = new AbortController();
    const listeners = (): number => getEventListeners(controller.signal, 'abort').length;
    const stream = new VisorClient({ host: server.url }).stream(
      {},
      { signal: controller.signal, ...fast, idleMs: 500 },
    );
    const seen: string[] = [];
    const held: number[] = [];
    for await (const part of stream) {
      seen.push(...types(part));
      held.push(listeners());
      if (seen.includes('2')) controller.abort();
    }
    expect(seen.filter((type) => type !== 'disconnected')).toEqual(['1', 'reconnected', '2']);
    expect(Math.max(...held.slice(1))).toBeLessThanOrEqual(held[0] ?? 0);
  }, 60_000);

  it.each<[string, number, string, number]>([
    ['waits as long as it is asked to', 503, '2', 2001],
    ['at most as long as it may', 429, '86400', 3001],
    ['waits by itself where it is asked for less', 503, '0', 1],
    ['waits by itself where the header is none', 503, '-1', 1],
    ['waits by itself where another status has it', 500, '2', 1],
  ])('%s: %i with Retry-After: %s', async (_, status, header, wait) => {
    let asked = 0;
    const server = await serve((_request, response) => {
      if (++asked === 1) open(response).end('id: 1-1-1\nevent: row\ndata: 1\n\n');
      else response.writeHead(status, { 'retry-after': header }).end();
    });
    const controller = new AbortController();
    const client = new VisorClient({ host: server.url });
    const options = {
      signal: controller.signal,
      ...fast,
      firstRetryMs: 1,
      maxRetryMs: 1,
      maxRetryAfterMs: 3000,
    };
    const waits: number[] = [];
    for await (const part of client.stream({}, options))
      for (const event of part) {
        if (event.type === 'disconnected') waits.push(event.inMs);
        // The first is for the stream that ended.
        if (waits.length === 2) controller.abort();
      }
    expect(waits).toEqual([1, wait]);
  });

  it('gives rows and losses, and passes over heartbeats and events it does not know', async () => {
    const server = await serve((_, response) => {
      open(response).write(
        ': hi\n\nid: 1\nevent: row\ndata: {"a":1}\n\nevent: lost\ndata: {"rows":7}\n\n' +
          'event: news\ndata: x\n\nevent: row\ndata: {"a":2}\n\n',
      );
    });
    const events = await collect(server.url, {}, rows(2));
    expect(types(events)).toEqual(['{"a":1}', 'lost', '{"a":2}']);
    expect(events[1]).toEqual({ type: 'lost', reason: '', rows: 7, batches: 0, losses: 0 });
  });

  it('comes back where it was, with the id of the newest event', async () => {
    let connection = 0;
    const answers = [
      'id: 1-a-0-7\nevent: row\ndata: 1\n\n',
      'id: 4-b-0\nevent: heartbeat\ndata: {}\n\n',
      'id: 5-c-0-1\nevent: row\ndata: 2\n\n',
    ];
    const server = await serve((_, response) => {
      const n = connection++;
      open(response).write(answers[n], () => {
        if (n < 2) response.destroy();
      });
    });
    const events = await collect(server.url, { last: '5', since: 'x', dport: '80' }, rows(2));
    const lost = ['disconnected', 'reconnected'];
    expect(types(events)).toEqual(['1', ...lost, ...lost, '2']);
    const url = '/api/v1/stream?last=5&since=x&dport=80';
    expect(server.requests.map((request) => [request.url, request.headers['last-event-id']])).toEqual([
      [url, undefined],
      [url, '1-a-0-7'],
      [url, '4-b-0'],
    ]);
  });

  it('ends where the hub ends it', async () => {
    const server = await serve((_, response) => {
      open(response).end('event: row\ndata: 1\n\nevent: end\nid: 4-b-0\ndata: {"until":"x"}\n\n');
    });
    expect(types(await collect(server.url, {}, () => false))).toEqual(['1']);
    expect(server.requests).toHaveLength(1);
  });

  it('says that the hub has lost NATS, and why something is missing', async () => {
    const lost = { rows: 0, batches: 3, reason: 'gone', since: '2026-11-21T10:00:00.000000Z' };
    const server = await serve((_, response) => {
      open(response).write(
        'event: nats\ndata: {"state":"away"}\n\nevent: nats\ndata: {"state":"back"}\n\n' +
          `event: lost\ndata: ${JSON.stringify(lost)}\n\n`,
      );
    });
    const events = await collect(server.url, {}, (all) => all.length >= 3);
    expect(events).toEqual([
      { type: 'nats', away: true },
      { type: 'nats', away: false },
      { type: 'lost', losses: 0, ...lost },
    ]);
  });

  it.each([
    [503, 'comes back after an error that may pass', 'disconnected'],
    [422, 'ends at one that stays', 'refused'],
  ])('status %i in the stream: %s', async (status, _title, expected) => {
    const server = await serve((_, response) => {
      open(response).write(`event: error\ndata: {"status":${status},"detail":"no"}\n\n`);
    });
    const events = collect(server.url, {}, (all) => all.length > 0);
    if (expected === 'disconnected') expect(types(await events)).toEqual(['disconnected']);
    else await expect(events).rejects.toMatchObject({ code: expected, message: 'no' });
  });

  it('asks for the replay again where it got nothing', async () => {
    const server = await serve((_, response) => {
      if (server.requests.length === 1) open(response).write(':\n\n', () => response.destroy());
      else open(response).write('event: row\ndata: 1\n\n');
    });
    await collect(server.url, { last: '5' }, rows(1));
    expect(server.requests[1]?.url).toBe('/api/v1/stream?last=5');
  });

  it('waits for a hub that is gone, says why, and goes on when it is back', async () => {
    const first = await serve((_, response) => {
      open(response).write('id: 9\nevent: row\ndata: 1\n\n');
    });
    const controller = new AbortController();
    const seen: StreamEvent[] = [];
    for await (const part of new VisorClient({ host: first.url }).stream(
      {},
      { signal: controller.signal, ...fast },
    )) {
      seen.push(...part);
      if (types(seen).join() === '1') await first.stop();
      if (types(seen).join() === '1,disconnected,disconnected') {
        await serve((_, response) => {
          open(response).write('event: row\ndata: 2\n\n');
        }, first.port);
      }
      if (rows(2)(seen)) controller.abort();
    }
    expect(seen.at(-1)).toEqual({ type: 'row', json: '2' });
    const refused = seen.find((event) => event.type === 'disconnected' && event.error.code === 'unreachable');
    expect(refused).toMatchObject({
      error: { message: expect.stringContaining('connection refused') as string },
    });
  });

  it('waits as long as the hub asks', async () => {
    const server = await serve((_, response) => {
      open(response).write('retry: 20\nevent: row\ndata: 1\n\n', () => response.destroy());
    });
    const events = await collect(server.url, {}, (all) => all.length >= 2);
    expect(events[1]).toMatchObject({ type: 'disconnected', inMs: 20 });
  });

  it('takes a silent connection for dead', async () => {
    const server = await serve((_, response) => {
      open(response).write(':\n\n');
    });
    // The first answer has to come within it, on a busy machine too.
    const events = await collect(server.url, {}, (all) => all.length > 0, { idleMs: 1000 });
    expect(events[0]).toMatchObject({
      type: 'disconnected',
      error: { message: `nothing came from ${server.url} for 1 s` },
    });
  });

  it('fails where the first connection fails', async () => {
    const server = await serve(() => undefined);
    await server.stop();
    await expect(collect(server.url, {}, () => true)).rejects.toMatchObject({
      op: 'stream',
      code: 'unreachable',
    });
  });

  it('does not come back to a hub that refuses it', async () => {
    const server = await serve((_, response) => {
      if (server.requests.length > 1) response.writeHead(401).end('{"title":"Unauthorized"}');
      else open(response).write('event: row\ndata: 1\n\n', () => response.destroy());
    });
    await expect(collect(server.url, {}, () => false)).rejects.toMatchObject({ code: 'unauthorized' });
    expect(server.requests).toHaveLength(2);
  });

  it('ends at data that is not of the API', async () => {
    const server = await serve((_, response) => {
      open(response).write('event: lost\ndata: many\n\n');
    });
    await expect(collect(server.url, {}, () => false)).rejects.toMatchObject({ code: 'protocol' });
  });
});
