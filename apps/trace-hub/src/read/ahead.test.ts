import { expect, it } from 'vitest';
import { formatTimestamp } from '#columns';
import { aheadOf } from './ahead.js';

const now_us = 1_795_000_000e6;
const linesOf = (...rows: readonly (readonly [agent: string, seconds: number])[]): Uint8Array =>
  Buffer.from(
    rows
      .map(([agent_id, s]) => `${JSON.stringify({ ts: formatTimestamp(now_us + s * 1e6), agent_id })}\n`)
      .join(''),
  );

it.each([
  ['nothing', linesOf(), undefined],
  ['the past', linesOf(['a', -5], ['a', 0]), undefined],
  ['what NTP leaves', linesOf(['a', 0.9]), undefined],
  ['the last rows', linesOf(['a', -5], ['b', 2], ['a', 3], ['b', 4]), { rows: 3, agents: ['a', 'b'] }],
  ['all', linesOf(['a', 2]), { rows: 1, agents: ['a'] }],
])('rows that are later than now: %s', (_, lines, ahead) => expect(aheadOf(lines, now_us)).toEqual(ahead));
