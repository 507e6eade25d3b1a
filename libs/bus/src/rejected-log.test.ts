import { expect, it } from 'vitest';
import { RejectedLog } from './rejected-log.js';
import { recordingLog } from './testing/recording-log.js';

it('tells the first of each reason, and how many came after it', () => {
  const log = recordingLog();
  const rejected = new RejectedLog(log);
  for (let n = 1; n <= 1000; n++) rejected.rejected('schema', `message ${n} is newer`);
  rejected.rejected('rows', 'message 1001 lies');
  expect(log.lines).toEqual(['message 1 is newer', 'message 1001 lies']);
  rejected.close();
  expect(log.lines.slice(2)).toEqual([
    'message 1000 is newer (and 998 more like it; visor.v1.rejected shows each)',
  ]);
});

it('names what it tells, for a log that takes fields', () => {
  const told: unknown[][] = [];
  const rejected = new RejectedLog({ ...recordingLog(), tell: (...line) => void told.push(line) });
  rejected.rejected('schema', 'message 1 is newer');
  expect(told).toEqual([['warn', 'message 1 is newer', { event: 'message_rejected', reason: 'schema' }]]);
});

it('tells again when the time is over', () => {
  const log = recordingLog();
  const rejected = new RejectedLog(log, 0);
  rejected.rejected('schema', 'one');
  rejected.rejected('schema', 'two');
  rejected.close();
  expect(log.lines).toEqual(['one', 'two']);
});
