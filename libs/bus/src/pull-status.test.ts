import { expect, it } from 'vitest';
import { statusOf } from './pull-status.js';

const of = { stream: 'VISOR_TRACES', consumer: 'hub' };
const hub = 'the consumer hub of VISOR_TRACES';

it.each([
  [404, 'No Messages', undefined, NaN],
  [408, 'Request Timeout', '12', 12],
  [408, 'Interest Expired', '3', 3],
  [409, 'Message Size Exceeds MaxBytes', '8', 8],
  [409, 'Batch Completed', '2', 2],
])('takes %s %s for the end of the pull', (code, description, pending, undelivered) => {
  expect(statusOf(code, description, pending, of)).toEqual({ kind: 'over', undelivered });
});

it('lets a heartbeat pass', () => {
  expect(statusOf(100, 'Idle Heartbeat', undefined, of)).toEqual({ kind: 'waiting' });
});

it.each([
  [409, 'Consumer Deleted', 'stream', `${hub} was deleted`],
  [409, 'Leadership Change', 'unavailable', `${hub} moves to another server of the cluster`],
  [409, 'Server Shutdown', 'unavailable', `${hub} moves to another server of the cluster`],
  [
    409,
    'Exceeded MaxWaiting',
    'stream',
    `${hub} does not take our pulls (409 Exceeded MaxWaiting); raise that`,
  ],
  [409, 'Consumer is push based', 'stream', `${hub} is push based; remove the consumer`],
  [503, '', 'unavailable', `nobody answers for ${hub}; see that`],
  [400, 'Bad Request', 'stream', `NATS answers a pull from ${hub} with 400 Bad Request`],
])('says what %s %s is', (code, description, errorCode, sentence) => {
  const status = statusOf(code, description, undefined, of);
  if (status.kind !== 'failed') throw new Error(status.kind);
  expect([status.error.op, status.error.code]).toEqual(['pull', errorCode]);
  expect(status.error.message.startsWith(sentence)).toBe(true);
});
