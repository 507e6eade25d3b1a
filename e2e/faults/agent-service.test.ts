import { expect, it } from 'vitest';
import { spoolTakes } from './agent-service.js';

const full =
  'WARN [agent] the spool /s takes no batches (ENOSPC); batches are kept in memory until it does\n';
const again = 'LOG [agent] the spool takes batches again\n';

it.each([
  ['nothing', '', true],
  ['a full disk', full, false],
  ['a full disk, and its end', full + again, true],
  ['a full disk, its end, and another', full + again + full, false],
])('knows of a log with %s whether the spool takes batches', (_, log, takes) => {
  expect(spoolTakes(log)).toBe(takes);
});
