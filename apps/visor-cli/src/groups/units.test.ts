import { describe, expect, it } from 'vitest';
import { bytesText, countText, durationText, shareText } from './units.js';

describe('units', () => {
  it.each([
    [0, '0'],
    [999, '999'],
    [0.253, '0.25'],
    [12.345, '12.3'],
    [1000, '1.00 k'],
    [1234, '1.23 k'],
    [9_994, '9.99 k'],
    [9_999, '10.0 k'],
    [99_960, '100 k'],
    [999_499, '999 k'],
    // Never 1000 k.
    [999_500, '1.00 M'],
    [2 ** 53, '9.01 P'],
  ])('shows %d as %s', (value, text) => {
    expect(countText(value)).toBe(text);
  });

  it.each([
    [0, '0 B'],
    [1023, '1023 B'],
    [1024, '1.00 KiB'],
    [1_500_000, '1.43 MiB'],
    [1024 ** 2 - 1, '1.00 MiB'],
    [19.6, '19.6 B'],
  ])('shows %d bytes as %s', (value, text) => {
    expect(bytesText(value)).toBe(text);
  });

  it.each([
    [0, 10, '0.0'],
    [1, 3, '33.3'],
    [10, 10, '100.0'],
    // Something is not nothing, and nearly all is not all.
    [1, 100_000, '<0.1'],
    [99_999, 100_000, '99.9'],
    [0, 0, ''],
  ])('shows the share %d of %d as "%s"', (part, whole, text) => {
    expect(shareText(part, whole)).toBe(text);
  });

  it.each([
    [0, '0 µs'],
    [999, '999 µs'],
    [1234, '1.23 ms'],
    [999_400, '999 ms'],
    [999_500, '1.00 s'],
    [59_000_000, '59 s'],
    [60e6, '1m'],
    [3600e6, '1h'],
    [5_430e6, '1h30m'],
    [86_400e6 + 3600e6 + 1e6, '1d1h'],
    [3601e6, '1h1s'],
  ])('shows %d µs as %s', (us, text) => {
    expect(durationText(us)).toBe(text);
  });
});
