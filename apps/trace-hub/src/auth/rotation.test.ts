import { chmodSync, truncateSync, unlinkSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { newToken } from './token.js';
import { lineOf, loginHub } from '../testing/login-hub.js';

const login = loginHub();
const { admin, reader, logFrom, replace, statusOf } = login;

let tries = 0;
/** Each try is of another address: of one there may be so many wrong ones in a minute, and it takes a while to read a file. */
const tried = (token: string): Promise<number> =>
  statusOf('/metrics', { token, headers: { 'x-forwarded-for': `203.0.113.${tries++ % 256}` } });

describe('rotation', () => {
  it('changes tokens under load without a failed request of a valid one', async () => {
    const failed: number[] = [];
    let asked = 0;
    let stop = false;
    const load = Array.from({ length: 4 }, async () => {
      while (!stop) {
        const status = await statusOf('/api/v1/agents', { token: asked++ % 2 === 0 ? reader : admin });
        if (status !== 200) failed.push(status);
      }
    });
    let old = newToken();
    for (let round = 0; round < 5; round++) {
      const next = newToken();
      replace(login.lines + lineOf('web', 'read', old) + lineOf('web', 'read', next));
      await expect.poll(() => tried(next), { timeout: 20_000 }).toBe(200);
      expect(await statusOf('/metrics', { token: old })).toBe(200);
      replace(login.lines + lineOf('web', 'read', next));
      await expect.poll(() => tried(old), { timeout: 20_000 }).toBe(401);
      expect(await statusOf('/metrics', { token: next })).toBe(200);
      old = next;
    }
    stop = true;
    await Promise.all(load);
    expect(failed).toEqual([]);
    expect(asked).toBeGreaterThan(50);
  }, 60_000);

  it.each([
    ['is removed', () => login.lines],
    ['has another role', (token: string) => login.lines + lineOf('web', 'admin', token)],
  ])(
    'ends the live stream of a token that %s, and no other',
    async (_name, after) => {
      const removed = newToken();
      const said = logFrom();
      replace(login.lines + lineOf('web', 'read', removed));
      await expect.poll(() => said().join(), { timeout: 20_000 }).toMatch(/3 may log in/);
      const open = async (token: string): Promise<ReadableStreamDefaultReader<Uint8Array>> => {
        const { body } = await fetch(`${login.hub.url}/api/v1/stream`, {
          headers: { authorization: `Bearer ${token}` },
        });
        return (body as ReadableStream<Uint8Array>).getReader();
      };
      const [ended, kept] = [await open(removed), await open(reader)];
      await Promise.all([ended.read(), kept.read()]);
      replace(after(removed));
      await expect(
        (async () => {
          while (!(await ended.read()).done);
        })(),
      ).rejects.toThrow();
      expect(await Promise.race([kept.closed.then(() => 'closed', String), statusOf('/healthz')])).toBe(200);
      await kept.cancel();
      const again = logFrom();
      replace(`${login.lines}# as before\n`);
      await expect.poll(() => again().join(), { timeout: 20_000 }).toMatch(/2 may log in/);
    },
    60_000,
  );

  it.each<[string, () => void, RegExp]>([
    [
      'is gone',
      () => unlinkSync(login.file),
      /tokens" cannot be read \(there is no such file\); the tokens of before stay in force/,
    ],
    [
      'is empty',
      () => truncateSync(login.file, 0),
      /it has no line, so that nobody could log in.*stay in force/,
    ],
    ['is broken', () => replace(`${login.lines}x`), /line 3: it takes NAME.*stay in force/],
    [
      'anybody may write',
      () => chmodSync(login.file, 0o666),
      /it may be written by everybody; chmod o-w it.*stay/,
    ],
  ])('a file that %s leaves the tokens of before', async (_name, harm, sentence) => {
    const said = logFrom();
    harm();
    await expect.poll(() => said().join('\n'), { timeout: 20_000 }).toMatch(sentence);
    expect(await statusOf('/metrics', { token: reader })).toBe(200);
    replace(login.lines);
    await expect.poll(() => said().join('\n'), { timeout: 20_000 }).toMatch(/was read again, 2 may log in/);
  });
});
