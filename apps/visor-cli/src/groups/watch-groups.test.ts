import { afterEach, describe, expect, it } from 'vitest';
import { FakeHub } from '../testing/fake-hub.js';
import { groupsAnswer } from '../testing/groups.js';
import { testSession, type TestSession } from '../testing/session.js';
import { type Session } from '../session.js';
import { watchGroups } from './watch-groups.js';

const hubs: FakeHub[] = [];
afterEach(() => Promise.all(hubs.splice(0).map((hub) => hub.stop())));

/**
 * What the hub answers with, one by one; a number is a status without an answer. The session ends with the question after
 * the last: all answers are drawn then.
 */
async function watch(
  answers: readonly (object | number)[],
  values: Partial<Session> = {},
): Promise<TestSession> {
  let next = 0;
  const hub = await FakeHub.start((_, response) => {
    const answer = answers[next++];
    if (answer === undefined) session.end();
    else if (typeof answer === 'number') response.writeHead(answer).end();
    else {
      response.writeHead(200, { 'content-type': 'application/json' });
      response.end(JSON.stringify(answer));
    }
  });
  hubs.push(hub);
  const session = testSession(hub.url, values);
  const size = () => ({ rows: 9, columns: 60 });
  const query = () => ({ by: 'ip_src' });
  await watchGroups({ query, interval_ms: 1, size }, { format: 'table', exact: false }, session);
  return session;
}

const one = (packets: number) =>
  groupsAnswer({ rows: [{ ip_src: '10.0.0.1', packets }], total: { packets }, more: false });

describe('watchGroups', () => {
  it('draws again in its place on a terminal, not higher than that', async () => {
    const session = await watch([one(1), one(2), { ...one(3), rows: one(3).rows.concat(one(3).rows) }], {
      isTerminal: true,
      width: 60,
    });
    const drawn = session.printed().split('\x1b[?7h').slice(0, 3);
    expect(drawn[0]?.startsWith('\x1b[?7l\rIP_SRC')).toBe(true);
    // Eight lines are a screen of nine, and the last says that there are more.
    expect(drawn[1]?.startsWith('\x1b[?7l\x1b[8A\rIP_SRC')).toBe(true);
    for (const block of drawn) expect(block.split('\n')).toHaveLength(9);
    expect(drawn[2]).toContain('…\x1b[K\n');
  });

  it('is drawn anew where the terminal gets another width', async () => {
    let resized: ((width: number) => void) | undefined;
    let columns = 60;
    const hub = await FakeHub.start((_, response) => {
      response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(one(1)));
    });
    hubs.push(hub);
    const session = testSession(hub.url, { isTerminal: true, onResize: (listener) => (resized = listener) });
    const query = () => ({ by: 'ip_src' });
    const size = () => ({ rows: 9, columns });
    const view = { format: 'table', exact: false } as const;
    const watching = watchGroups({ query, interval_ms: 60_000, size }, view, session);
    await expect.poll(session.printed, { timeout: 20_000 }).toContain('IP_SRC');
    columns = 20;
    resized?.(columns);
    await expect.poll(() => session.printed().split('\x1b[?7h')[1], { timeout: 20_000 }).toContain('IP_SRC');
    session.end();
    await watching;
    const [wide, narrow] = session.printed().split('\x1b[?7h');
    expect([wide, narrow].map((text) => /─+/.exec(text ?? '')?.[0].length)).toEqual([24, 22]);
  });

  it('prints block under block into a file', async () => {
    const session = await watch([one(1), one(2)]);
    expect(session.printed().match(/^IP_SRC/gm)?.length).toBeGreaterThanOrEqual(2);
    expect(session.printed()).toContain('\n\nIP_SRC');
    expect(session.printed()).not.toContain('\x1b');
  });

  it('waits for a hub that fails for a while, but not for one that never answered', async () => {
    const session = await watch([one(1), 503, one(2)]);
    expect(session.notices[0]).toMatch(/answers with status 503; trying again$/);
    expect(session.printed().match(/^IP_SRC/gm)?.length).toBeGreaterThanOrEqual(2);
    await expect(watch([503, 503])).rejects.toThrow('answers with status 503');
    await expect(watch([one(1), 400, 400])).rejects.toThrow('answers with status 400');
  });
});
