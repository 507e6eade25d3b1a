import { expect, it } from 'vitest';
import { traceDrops } from './trace-drops.js';

it('counts what sockets that hear trace events have dropped, and nothing else', () => {
  const table = `sk               Eth Pid        Groups   Rmem     Wmem     Dump  Locks    Drops    Inode
000000001c0bf1b3 0   4131       00000110 0        0        0     2        7        101
00000000a1b2c3d4 12  0          00000000 0        0        0     2        0        102
00000000a1b2c3d5 12  4131       00000140 0        0        0     2        12215    103
00000000a1b2c3d6 12  4132       00000040 0        0        0     2        5        104
00000000a1b2c3d7 12  4133       00000100 0        0        0     2        3        105
`;
  expect(traceDrops(table)).toBe(12_218);
  expect(traceDrops(table.split('\n').slice(0, 1).join('\n'))).toBe(0);
});
