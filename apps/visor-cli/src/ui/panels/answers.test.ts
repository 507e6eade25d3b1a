import { describe, expect, it } from 'vitest';
import { Answers, Poll } from './answers.js';

/** Parts with a clock of their own. */
function partsAt() {
  const ended = new AbortController();
  let nowMs = 0;
  let changes = 0;
  return {
    ...{ signal: ended.signal, now: () => nowMs, changed: () => void changes++ },
    later: (ms: number) => (nowMs += ms),
    changes: () => changes,
    end: () => ended.abort(),
  };
}

const settled = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

describe('answers', () => {
  it('are asked for once, and remembered', async () => {
    const parts = partsAt();
    const asked: string[] = [];
    const answers = new Answers(parts, (key) => Promise.resolve(`${key}${asked.push(key)}`));
    expect([answers.get('a'), answers.get('a')]).toEqual([{ kind: 'waiting' }, { kind: 'waiting' }]);
    await settled();
    expect([answers.get('a'), parts.changes()]).toEqual([{ kind: 'here', value: 'a1' }, 1]);
    expect(asked).toEqual(['a']);
  });

  it('that failed are asked for again, later', async () => {
    const parts = partsAt();
    let count = 0;
    const answers = new Answers(parts, () =>
      count++ === 0 ? Promise.reject(new Error('away')) : Promise.resolve(7),
    );
    answers.get('a');
    await settled();
    expect(answers.get('a')).toMatchObject({
      kind: 'failed',
      why: expect.stringContaining('away') as string,
    });
    expect(count).toBe(1);
    parts.later(3000);
    answers.get('a');
    await settled();
    expect(answers.get('a')).toEqual({ kind: 'here', value: 7 });
  });

  it('are bounded: the oldest go', async () => {
    let count = 0;
    const answers = new Answers(partsAt(), () => Promise.resolve(count++));
    for (let at = 0; at <= 16; at++) answers.get(String(at));
    await settled();
    expect([answers.get('16').kind, answers.get('0').kind]).toEqual(['here', 'waiting']);
  });
});

describe('a poll', () => {
  it('asks again when it is time to, and keeps what it had where that fails', async () => {
    const parts = partsAt();
    const poll = new Poll<number>(parts, 1000);
    let count = 0;
    const ask = () => (++count === 2 ? Promise.reject(new Error('away')) : Promise.resolve(count));
    const look = async () => {
      poll.update('q', ask);
      await settled();
      return [poll.value, poll.fault?.includes('away') ?? false];
    };
    expect(await look()).toEqual([1, false]);
    parts.later(999);
    expect(await look()).toEqual([1, false]);
    parts.later(1);
    expect(await look()).toEqual([1, true]);
    parts.later(1000);
    expect(await look()).toEqual([3, false]);
  });

  it('lets go of the old question and its answer for another', async () => {
    const parts = partsAt();
    const poll = new Poll<string>(parts, 1000);
    let first: AbortSignal | undefined;
    poll.update('a', (signal) => {
      first = signal;
      return new Promise((_, reject) => signal.addEventListener('abort', () => reject(new Error('aborted'))));
    });
    poll.update('b', () => Promise.resolve('b'));
    await settled();
    expect([first?.aborted, poll.value, poll.fault]).toEqual([true, 'b', undefined]);
    poll.update('c', () => new Promise(() => undefined));
    expect(poll.value).toBeUndefined();
  });

  it('ends with the screen', async () => {
    const parts = partsAt();
    const poll = new Poll<string>(parts, 1000);
    poll.update(
      'a',
      (signal) => new Promise((resolve) => signal.addEventListener('abort', () => resolve('late'))),
    );
    parts.end();
    await settled();
    expect([poll.value, parts.changes()]).toEqual([undefined, 0]);
  });
});
