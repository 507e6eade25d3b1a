import { describe, expect, it } from 'vitest';
import { RuleList, type RulePlace } from './rule-list.js';

/** Handles in order after the steps: `+handle place`, or a handle alone, which is deleted */
function after(steps: readonly (readonly [number, RulePlace] | number)[], more = false): unknown {
  const list = new RuleList<{ handle: number }>();
  for (const step of steps) {
    if (typeof step === 'number') list.delete(step);
    else list.add({ handle: step[0] }, step[1]);
  }
  const handles = list.toArray().map(({ handle }) => handle);
  return more ? [handles, list.whole] : handles;
}

describe('RuleList', () => {
  const three = [
    [1, 'last'],
    [2, 'last'],
    [3, 'last'],
  ] as const;

  it.each([
    ['appended', three, [1, 2, 3]],
    ['behind another', [...three, [4, { after: 1 }]], [1, 4, 2, 3]],
    ['at the front', [...three, [4, 'first']], [4, 1, 2, 3]],
    ['deleted', [...three, 2, 1], [3]],
    ['all deleted, and one more', [...three, 2, 1, 3, [9, 'last']], [9]],
    ['the first replaced, by the same handle', [...three, 1, [1, 'replaced']], [1, 2, 3]],
    ['the last replaced', [...three, 3, [4, 'replaced']], [1, 2, 4]],
    ['replaced behind one that has gone since', [...three, 2, 1, [4, 'replaced']], [4, 3]],
    [
      'inserted at once, told from the last on',
      [...three, [4, { after: 5 }], [5, { after: 6 }], [6, 'first']],
      [6, 5, 4, 1, 2, 3],
    ],
  ] as const)('keeps the order of rules that are %s', (_, steps, expected) => {
    expect(after(steps)).toEqual(expected);
  });

  it('says when a rule stands behind one that was never told', () => {
    expect(after([...three, [4, { after: 7 }]], true)).toEqual([[1, 2, 3], false]);
    expect(after([...three, [4, { after: 7 }], [7, 'last']], true)).toEqual([[1, 2, 3, 7, 4], true]);
  });

  it('deletes 50,000 rules from the front in no time', () => {
    const list = new RuleList<{ handle: number }>();
    for (let handle = 1; handle <= 50_000; handle++) list.add({ handle }, 'last');
    for (let handle = 1; handle < 50_000; handle++) expect(list.delete(handle)?.handle).toBe(handle);
    expect(list.toArray()).toEqual([{ handle: 50_000 }]);
    expect(list.delete(7)).toBeUndefined();
  });
});
