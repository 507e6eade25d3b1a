import { describe, expect, it } from 'vitest';
import { parseRow } from '../format/printable.js';
import { rowJson } from '../testing/rows.js';
import { stepsOf } from './path.js';

/** Each hop as `hook chain verdict [target]`. */
function path(...hops: string[]) {
  const rows = hops.map((text, hop) => {
    const [hook = '', chain = '', verdict = '', jt = ''] = text.split(' ');
    return parseRow(rowJson({ hop, hook, chain, verdict, jt }));
  });
  return stepsOf(rows).map(({ row, depth, entersChain }) => `${depth}${entersChain ? '+' : ' '}${row.chain}`);
}

describe('stepsOf', () => {
  it.each([
    [
      'a jump, and back to the chain that jumped',
      ['input in jump a', 'input a jump b', 'input b return', 'input a return', 'input in drop'],
      ['0+in', '1+a', '2+b', '1 a', '0 in'],
    ],
    [
      'a goto, after which the policy of the base chain decides',
      ['input in goto a', 'input a continue', 'input in drop'],
      ['0+in', '1+a', '0 in'],
    ],
    [
      'a chain that is jumped to twice',
      ['input in jump a', 'input a return', 'input in jump a', 'input a accept'],
      ['0+in', '1+a', '0 in', '1+a'],
    ],
    ['a jump to a chain where nothing matched', ['input in jump a', 'input in accept'], ['0+in', '0 in']],
    ['two base chains at one hook', ['input one accept', 'input two accept'], ['0+one', '0+two']],
    ['the same chain name at another hook', ['prerouting x accept', 'input x accept'], ['0+x', '0+x']],
  ])('follows %s', (_, hops, expected) => {
    expect(path(...hops)).toEqual(expected);
  });

  it('tells time between hops, and how many are missing', () => {
    const at = (hop: number, us: string): string => rowJson({ hop, ts: `2026-11-21T14:03:11.${us}Z` });
    const steps = stepsOf([at(1, '000010'), at(2, '000010'), at(5, '001244')].map(parseRow));
    expect(steps.map(({ after_us, missing }) => [after_us, missing])).toEqual([
      [undefined, 1],
      [0, 0],
      [1234, 2],
    ]);
  });
});
