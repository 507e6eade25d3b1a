import { expect, it } from 'vitest';
import { storeOf } from '../testing/state.js';
import { bindingOf, bindings, footerHints, helpGroups } from './key-table.js';
import { placedHints } from './footer.js';

it('has no key twice', () => {
  const keys = bindings.flatMap((binding) => binding.keys);
  expect(new Set(keys).size).toBe(keys.length);
});

it('finds what each hint of the footer stands for', () => {
  const { state } = storeOf();
  const hints = footerHints(state);
  expect(hints.map(({ key }) => key)).toEqual(
    expect.arrayContaining(['F1', 'f', '/', 'p', 'q', 'Tab', 's', 'e']),
  );
  expect(hints.map(({ key }) => key)).not.toContain('Esc');
  expect(placedHints(hints, 80).at(-1)?.to).toBeLessThanOrEqual(80);
});

it('has all that it does in the help', () => {
  const help = JSON.stringify(helpGroups());
  for (const key of ['F1 ?', 'Tab', 'Enter', 'Esc', 'PgUp PgDn', 'Home End', 'q Ctrl-C', '"+"', '"-"', '"c"'])
    expect(help).toContain(key);
});

it('tells a character from a key of the same name', () => {
  const key = { name: 'f', text: 'f', ctrl: false, meta: false, shift: false };
  const { state } = storeOf();
  expect(bindingOf(key, state)?.does).toBe('filter');
  expect(bindingOf({ ...key, ctrl: true, text: '' }, state)).toBeUndefined();
});
