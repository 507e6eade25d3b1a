import { expect, it } from 'vitest';
import { fittingBucket } from './bucket.js';

const now_us = Date.UTC(2026, 10, 21, 15) * 1000;

it.each([
  // The hub's own hour where nothing is asked for.
  [{}, 68, '1m'],
  [{}, 200, '30s'],
  [{ since: '2026-11-21T14:59:00Z' }, 68, '1s'],
  [{ since: '2026-11-20T15:00:00Z' }, 68, '30m'],
  [{ since: '2026-11-01T00:00:00Z', until: '2026-11-02T00:00:00Z' }, 30, '1h'],
  [{ since: '2016-11-21T15:00:00Z' }, 20, '4w'],
])('%j on %d columns is in steps of %s', (query, columns, bucket) => {
  expect(fittingBucket(query, columns, now_us)).toBe(bucket);
});
