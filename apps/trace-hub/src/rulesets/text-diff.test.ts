import { applyPatch } from 'diff';
import { describe, expect, it } from 'vitest';
import { diffTexts, withoutHandles } from './text-diff.js';

const options = { from: 'inet/fw aa', to: 'inet/fw bb', context: 1 };
const lines = (...list: string[]): string => list.map((line) => `${line}\n`).join('');

describe('diffTexts', () => {
  it('is a unified diff with names and counts', async () => {
    const found = await diffTexts(lines('a', 'b', 'c', 'd'), lines('a', 'b', 'x', 'y', 'd'), options);
    expect(found).toEqual({
      added: 2,
      removed: 1,
      diff: lines('--- inet/fw aa', '+++ inet/fw bb', '@@ -2,3 +2,4 @@', ' b', '-c', '+x', '+y', ' d'),
    });
  });

  it('is empty where nothing differs', async () => {
    expect(await diffTexts('a\n', 'a\n', options)).toEqual({ diff: '', added: 0, removed: 0 });
  });

  it.each([
    ['one line of many', 20_000, (n: number) => (n === 7 ? 'changed' : `${n}`)],
    ['every line', 20_000, (n: number) => `new ${n}`],
    ['every other line', 20_000, (n: number) => (n % 2 ? `${n}` : `new ${n}`)],
    ['all but the ends', 20_000, (n: number) => (n > 3 && n < 19_990 ? `new ${n}` : `${n}`)],
  ])('holds, and is there in time, where %s differs', async (_name, count, change) => {
    const all = Array.from({ length: count }, (_, n) => n);
    const [before, after] = [lines(...all.map(String)), lines(...all.map(change))];
    const { diff, added, removed } = await diffTexts(before, after, { ...options, timeout_ms: 100 });
    expect(applyPatch(before, diff)).toBe(after);
    expect(added).toBe(removed);
    expect(added).toBeGreaterThan(0);
  });

  it('lets others work meanwhile', async () => {
    const all = Array.from({ length: 50_000 }, (_, n) => n);
    let turns = 0;
    const timer = setInterval(() => turns++, 1);
    await diffTexts(lines(...all.map(String)), lines(...all.map((n) => `x${n}`)), {
      ...options,
      timeout_ms: 500,
    });
    clearInterval(timer);
    expect(turns).toBeGreaterThan(3);
  });
});

it('leaves out the handles at the ends of lines alone', () => {
  expect(withoutHandles('table t { # handle 1\n\t\taccept comment "# handle 9 x" # handle 12\n}\n')).toBe(
    'table t {\n\t\taccept comment "# handle 9 x"\n}\n',
  );
});
