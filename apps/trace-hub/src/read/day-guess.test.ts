import { expect, it } from 'vitest';
import { and, equal } from '#filter';
import { DayGuess } from './day-guess.js';

const dropsOf = (sport: number) => and([equal('fate', 'dropped'), equal('sport', sport)]);
const port = equal('dport', 53);

it('a kind of question that is new is taken for one whose newest day is enough', () => {
  const guess = new DayGuess();
  expect([guess.enough(port), guess.enough(undefined)]).toEqual([true, true]);
});

it('what the last of a kind found is guessed of the next, whatever values it names', () => {
  const guess = new DayGuess();
  guess.learn(dropsOf(1), false);
  expect([guess.enough(dropsOf(2)), guess.enough(port)]).toEqual([false, true]);
  guess.learn(dropsOf(3), true);
  expect(guess.enough(dropsOf(4))).toBe(true);
});

it.each([true, false])('one that differs among many of the same does not change it: %s', (usual) => {
  const guess = new DayGuess();
  for (let i = 0; i < 9; i++) guess.learn(port, usual);
  guess.learn(port, !usual);
  expect(guess.enough(port)).toBe(usual);
  guess.learn(port, !usual);
  expect(guess.enough(port)).toBe(!usual);
});

it('the kind that was asked for longest ago is forgotten first', () => {
  const guess = new DayGuess(2);
  guess.learn(port, false);
  guess.learn(dropsOf(1), false);
  guess.learn(port, false);
  guess.learn(equal('proto', 'tcp'), false);
  expect([port, dropsOf(1), equal('proto', 'tcp')].map((filter) => guess.enough(filter))).toEqual([
    false,
    true,
    false,
  ]);
});
