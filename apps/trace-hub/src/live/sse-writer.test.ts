import { once } from 'node:events';
import { createServer, get, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { type AddressInfo } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import { SseWriter } from './sse-writer.js';

let server: Server;
afterEach(async () => {
  server.closeAllConnections();
  await new Promise((done) => server.close(done));
});

/** @returns a writer and its client, which reads nothing until it is resumed */
async function connect(maxUnread: number): Promise<{ writer: SseWriter; client: IncomingMessage }> {
  server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const request = get({ port: (server.address() as AddressInfo).port, host: '127.0.0.1', agent: false });
  const [, response] = (await once(server, 'request')) as [unknown, ServerResponse];
  const writer = new SseWriter(response, { maxUnread: () => maxUnread, heartbeatMs: 60_000 });
  const [client] = (await once(request, 'response')) as [IncomingMessage];
  return { writer, client: client.pause().on('error', () => undefined) };
}

describe('a client that does not read', () => {
  it('is told of what is missing all the same', async () => {
    const { writer, client } = await connect(1024);
    writer.rows([{ bytes: Buffer.alloc(2 ** 25, 10), rows: 1, lastRow: 0, lastId: '1-1-1' }]);
    writer.event('heartbeat', {}, '2-2-2');
    writer.event('lost', { reason: 'gone', batches: 3 }, '3-3-3');
    let text = '';
    client.setEncoding('utf8').on('data', (chunk: string) => (text = (text + chunk).slice(-4096)));
    client.resume();
    while (!text.includes('event: lost')) await once(client, 'data');
    expect(text).not.toContain('heartbeat');
    expect(text.trim()).toBe('event: lost\nid: 3-3-3\ndata: {"reason":"gone","batches":3}');
  }, 60_000);

  it('is told how many rows were left out, under the id of the last of them: it goes on after those', async () => {
    const { writer, client } = await connect(1024);
    writer.rows([{ bytes: Buffer.alloc(2 ** 25, 10), rows: 1, lastRow: 0, lastId: '1-1-1' }]);
    writer.rows([{ bytes: Buffer.from('x'), rows: 3, lastRow: 2, lastId: '2-1-1-2' }]);
    writer.rows([{ bytes: Buffer.from('x'), rows: 4, lastRow: 3, lastId: '3-1-1-3' }]);
    let text = '';
    client.setEncoding('utf8').on('data', (chunk: string) => (text = (text + chunk).slice(-4096)));
    client.resume();
    while (!text.includes('event: lost')) await once(client, 'data');
    expect(text.trim()).toBe(
      'event: lost\nid: 3-1-1-3\ndata: {"rows":7,"batches":0,"losses":0,"reason":"slow"}',
    );
  }, 60_000);
});
