import { describe, expect, it } from 'vitest';
import { autoBucket, bucketStarts, checkBuckets, parseBucket } from './bucket.js';

const us = (text: string): number => Date.parse(text) * 1000;
const span = (from: string, to: string) => ({ from_us: us(from), to_us: us(to) });

describe('buckets', () => {
  it.each([
    ['1m', 60e6, '1m'],
    ['90s', 90e6, '90s'],
    ['60s', 60e6, '1m'],
    ['24h', 86_400e6, '1d'],
    ['7d', 604_800e6, '1w'],
    ['2W', 1_209_600e6, '2w'],
  ])('%s', (text, length, shown) => {
    expect(parseBucket(text, 'bucket')).toEqual({ us: length, text: shown });
  });

  it.each(['', '0s', '1', 'm', '1ms', '-1m', '1.5h', '521w', '9999999s', 'auto', '1m;'])(
    '"%s" is refused',
    (text) => {
      expect(() => parseBucket(text, 'step')).toThrow(/^step: ".*" is not a length of time; use/);
    },
  );

  it('are aligned to UTC, weeks to Mondays', () => {
    const day = span('2026-11-20T23:59:59.5Z', '2026-11-22T00:00:00Z');
    const starts = (text: string): string[] =>
      bucketStarts(day, parseBucket(text, 'bucket').us).map((at) => new Date(at / 1000).toISOString());
    expect(starts('1d')).toEqual(['2026-11-20T00:00:00.000Z', '2026-11-21T00:00:00.000Z']);
    expect(starts('1w')).toEqual(['2026-11-16T00:00:00.000Z']);
    expect(starts('12h')).toHaveLength(3);
  });

  it.each([
    ['2026-11-21T10:00:00Z', '2026-11-21T10:00:30Z', '1s'],
    ['2026-11-21T10:00:00Z', '2026-11-21T10:15:00Z', '5s'],
    ['2026-11-21T10:00:00Z', '2026-11-21T11:00:00Z', '1m'],
    ['2026-11-21T00:00:00Z', '2026-11-22T00:00:00Z', '5m'],
    ['2026-11-14T00:00:00Z', '2026-11-21T00:00:00Z', '1h'],
    ['1970-01-01T00:00:00Z', '2026-11-21T00:00:00Z', '52w'],
  ])('are chosen so that a chart has room for them: %s to %s by %s', (from, to, text) => {
    const range = span(from, to);
    const bucket = autoBucket(range);
    expect(bucket.text).toBe(text);
    expect(bucketStarts(range, bucket.us).length).toBeLessThanOrEqual(301);
  });

  it('are refused where they are too many', () => {
    const week = span('2026-11-14T00:00:00Z', '2026-11-21T00:00:00Z');
    const check = (text: string): void =>
      checkBuckets(week, parseBucket(text, 'bucket'), { field: 'bucket', max: 10_000 });
    expect(() => check('1m')).toThrow(
      'bucket: "1m" divides the time asked for into 10081 parts, of which 10000 are allowed; use 5m or longer, or a shorter time',
    );
    expect(() => check('5m')).not.toThrow();
  });
});
