import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { fairShares } from './fair-shares.js';
import { RateBucket } from './rate-bucket.js';

describe('fairShares', () => {
  it.each([
    [[5, 1000], 100, [5, 95]],
    [[1000, 1000, 4], 100, [48, 48, 4]],
    [[1, 1000], 1, [1, 0]],
    [[3, 3, 3], 8, [3, 3, 2]],
    [[3, 4], 100, [3, 4]],
    [[3, 4], 0, [0, 0]],
    [[], 5, []],
  ])('%j of %s are %j', (asked, room, shares) => {
    expect(fairShares(asked, room)).toEqual(shares);
  });

  it('gives away all that there is room for, to nobody more than asked, and to who asks for less no less', () => {
    fc.assert(
      fc.property(fc.array(fc.nat(1000), { maxLength: 30 }), fc.nat(5000), (asked, room) => {
        const shares = fairShares(asked, room);
        const sum = (numbers: readonly number[]): number => numbers.reduce((a, b) => a + b, 0);
        expect(sum(shares)).toBe(Math.min(room, sum(asked)));
        for (const [at, share] of shares.entries()) {
          expect(share).toBeLessThanOrEqual(asked[at] as number);
          // who did not get all got no less than any other, but for the rest of a division
          if (share < (asked[at] as number)) expect(share).toBeGreaterThanOrEqual(Math.max(...shares) - 1);
        }
      }),
    );
  });
});

describe('RateBucket', () => {
  it('has a second of its rate at most, and gets it back over a second', () => {
    const bucket = new RateBucket(100, 1000);
    expect(bucket.room(1000)).toBe(100);
    bucket.take(100);
    expect(bucket.room(1000)).toBe(0);
    expect(bucket.room(1250)).toBe(25);
    expect(bucket.room(1259)).toBe(25);
    bucket.take(20);
    expect(bucket.room(1365)).toBe(16);
    expect(bucket.room(99_000)).toBe(100);
  });

  it('has no limit where the rate is 0', () => {
    const bucket = new RateBucket(0, 0);
    bucket.take(1e6);
    expect(bucket.room(0)).toBe(Infinity);
  });
});
