import { expect, it, onTestFinished } from 'vitest';
import { VisorClient } from './client.js';
import { TestServer } from './testing/server.js';

const never = new AbortController().signal;

it('gives all alerts, page by page', async () => {
  const pages = [
    { rows: [{ id: 'a' }, { id: 'b' }], count: 2, next: 'n1' },
    { rows: [{ id: 'c' }], count: 1, next: 'n2' },
    { rows: [], count: 0 },
  ];
  const server = await TestServer.start((_request, response) => {
    const page = pages[server.requests.length - 1] ?? pages[1];
    response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(page));
  });
  onTestFinished(() => server.stop());
  const client = new VisorClient({ host: server.url });
  const all = async (signal = never): Promise<string[]> => {
    const rows: string[] = [];
    for await (const part of client.allAlerts({ state: 'firing' }, signal)) rows.push(...part);
    return rows;
  };
  expect(await all()).toEqual(['{"id":"a"}', '{"id":"b"}', '{"id":"c"}']);
  expect(server.requests.map(({ url }) => url)).toEqual([
    '/api/v1/alerts?state=firing&first=1000',
    '/api/v1/alerts?state=firing&first=1000&cursor=n1',
    '/api/v1/alerts?state=firing&first=1000&cursor=n2',
  ]);
  // From now on it is the second page again and again.
  await expect(all()).rejects.toThrow('gives the same page of alerts again');
  expect(await all(AbortSignal.abort())).toEqual([]);
});
