import { describe, expect, it } from 'vitest';
import { type Fate, fates, type traceTypes } from '#columns';
import { isWanted, onlyMask, type OnlyWord } from './wanted.js';

/** The fates that each list of words asks for, by the type of the decisive hop */
const cases: [OnlyWord[], { rule: Fate[]; policy: Fate[] }][] = [
  [[], { rule: [...fates], policy: [...fates] }],
  [['dropped'], { rule: ['dropped', 'rejected'], policy: ['dropped', 'rejected'] }],
  [['accepted'], { rule: ['accepted'], policy: ['accepted'] }],
  [['queued'], { rule: ['queued'], policy: ['queued'] }],
  [['stolen'], { rule: ['stolen'], policy: ['stolen'] }],
  [['policy'], { rule: [], policy: [...fates] }],
  [['dropped', 'policy'], { rule: ['dropped', 'rejected'], policy: [...fates] }],
  [['queued', 'stolen', 'queued'], { rule: ['queued', 'stolen'], policy: ['queued', 'stolen'] }],
];

describe('isWanted', () => {
  it.each(cases)('%j', (only, expected) => {
    const mask = onlyMask(only);
    const wanted = (type: (typeof traceTypes)[number]): Fate[] =>
      fates.filter((fate) => isWanted(mask, fate, type));
    expect({ rule: wanted('rule'), policy: wanted('policy') }).toEqual(expected);
    expect(wanted('return')).toEqual(expected.rule);
  });
});
