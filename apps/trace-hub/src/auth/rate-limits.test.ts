import fastify, { type FastifyInstance } from 'fastify';
import { afterEach, describe, expect, it } from 'vitest';
import { maxFailures, RateLimits } from './rate-limits.js';
import { type Caller } from './token-book.js';

let app: FastifyInstance;
afterEach(() => app.close());

/** @returns asks as somebody, nobody where there is no name, and tells whether it has to wait */
async function limited(perMinute: number): Promise<(name: string, path?: string) => Promise<boolean>> {
  app = fastify();
  const limits = await RateLimits.in(app, perMinute);
  app.get('/take', async (request) => {
    const name = String(request.headers['who'] ?? '');
    const caller: Caller = { name, role: 'read', by: name === '' ? 'nobody' : 'token' };
    return { wait: await limits.take(request, caller) };
  });
  app.get('/fail', async (request) => ({ wait: await limits.fail(request) }));
  return async (name, path = '/take') => {
    const answer = await app.inject({ url: path, headers: name === '' ? {} : { who: name } });
    return answer.json<{ wait?: number }>().wait !== undefined;
  };
}

const times = async (count: number, ask: () => Promise<boolean>): Promise<boolean[]> => {
  const told: boolean[] = [];
  for (let i = 0; i < count; i++) told.push(await ask());
  return told;
};

describe('requests in a minute', () => {
  it('count by who asks, of one address too', async () => {
    const ask = await limited(2);
    expect(await times(3, () => ask('alice'))).toEqual([false, false, true]);
    expect(await times(3, () => ask('bob'))).toEqual([false, false, true]);
    expect(await times(3, () => ask(''))).toEqual([false, false, true]);
  });

  it('are any number with 0, and refused ones are not', async () => {
    const ask = await limited(0);
    expect(await times(5, () => ask('alice'))).toEqual(Array(5).fill(false));
    const refused = await times(maxFailures + 1, () => ask('', '/fail'));
    expect([refused.indexOf(true), refused.length]).toEqual([maxFailures, maxFailures + 1]);
  });
});
