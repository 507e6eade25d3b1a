import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startTestHub, type TestHub } from '../testing/hub.js';

let hub: TestHub;

beforeAll(async () => {
  hub = await startTestHub({ liveHeartbeatMs: 50 });
}, 30_000);
afterAll(() => hub.destroy());

/** Sends requests at once, without waiting for an answer. */
function pipeline(...paths: readonly string[]): Socket {
  const socket = connect(Number(new URL(hub.url).port), '127.0.0.1').setEncoding('utf8');
  socket.write(paths.map((path) => `GET ${path} HTTP/1.1\r\nHost: localhost\r\n\r\n`).join(''));
  return socket;
}

async function liveClients(): Promise<number> {
  const text = await (await fetch(`${hub.url}/metrics`)).text();
  return Number(/^visor_hub_live_clients (\d+)$/m.exec(text)?.[1]);
}

describe('requests that do not wait for the answer before', () => {
  it('are answered in their order', async () => {
    const socket = pipeline('/api/v1/agents', '/api/v1/nothing', '/healthz');
    let text = '';
    while (!text.includes('"status":"ok"')) text += String(await once(socket, 'data'));
    expect([...text.matchAll(/HTTP\/1.1 (\d+)/g)].map(([, status]) => status)).toEqual(['200', '404', '200']);
    socket.destroy();
  });

  it('begin nothing that goes on when their client has left', async () => {
    const socket = pipeline(...Array<string>(20).fill('/api/v1/stream'));
    let text = '';
    while (!text.includes('event: heartbeat')) text += String(await once(socket, 'data'));
    expect(await liveClients()).toBe(1);
    socket.destroy();
    await expect.poll(liveClients, { timeout: 20_000 }).toBe(0);
  });
});
