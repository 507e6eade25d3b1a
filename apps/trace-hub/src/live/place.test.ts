import { describe, expect, it } from 'vitest';
import { Problem } from '../http/problem.js';
import { formatPlace, parsePlace, type Place } from './place.js';

const anchor = { sequence: 18_423, time_us: 1_795_300_000_123_456, losses_us: 1_795_299_999_000_001 };

describe('places of the stream', () => {
  it.each<[string, Place]>([
    ['a whole batch', anchor],
    ['a row of one', { ...anchor, row: 12 }],
    ['an empty stream', { sequence: 0, time_us: 1, losses_us: 0 }],
    ['a row of the store', { ...anchor, stored: { ts: 5, packetId: 2n ** 64n - 1n, hop: 65_535 } }],
  ])('%s comes back as it was', (_name, place) => {
    expect(parsePlace(formatPlace(place))).toEqual(place);
  });

  it.each([
    '7',
    '7-1',
    '7-1-0-',
    '7-1-0-x',
    '-7-1-0',
    '7-1-0-1-2',
    '7-1-0-1-2-3-4',
    '7-A-0',
    '7-1-0 ',
    '1e3-1-0',
    `${'9'.repeat(16)}-1-0`,
    "7-1-0' OR 1",
    '7-zzzzzzzzzzz-0',
    '7-1-zzzzzzzzzzz',
    '7-1-0-zzzzzzzzzzz-2-3',
    `7-1-0-1-${2n ** 64n}-3`,
    '7-1-0-1-2-65536',
  ])('refuses %s', (text) => {
    expect(() => parsePlace(text)).toThrow(Problem);
    expect(() => parsePlace(text)).toThrow(/^Last-Event-ID: ".*" is not an id of this stream's events;/);
  });
});
