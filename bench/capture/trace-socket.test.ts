import { expect, it } from 'vitest';
import { findTraceSocket } from './trace-socket.js';

const head =
  'sk               Eth Pid        Groups   Rmem     Wmem     Dump  Locks    Drops    Inode            \n';
const line = (protocol: number, groups: string, rmem: number, drops: number): string =>
  `000000007b60b1a7 ${protocol}  7266       ${groups} ${rmem}        0        0     2        ${drops}        15923   \n`;

it.each([
  ['the socket in group 9', line(12, '00000100', 768, 5), { queued: 768, drops: 5 }],
  ['one that is in group 7 as well', line(12, '00000140', 0, 1), { queued: 0, drops: 1 }],
  ['not one in group 7 alone', line(12, '00000040', 0, 1), undefined],
  ['not one of another protocol', line(0, '00000100', 0, 1), undefined],
  [
    'the right one of several',
    line(12, '00000040', 1, 1) + line(12, '00000100', 2, 3),
    { queued: 2, drops: 3 },
  ],
  ['none in an empty table', '', undefined],
])('finds %s', (_, lines, expected) => {
  expect(findTraceSocket(head + lines)).toEqual(expected);
});
