import { expect, it } from 'vitest';
import { filterOf } from '../../filters/filter-query.js';
import { flagValue, withValue } from './add-value.js';
import { type FilterState, filterValues, noFilter } from './filter-state.js';

const columns = (given: FilterState['columns']): FilterState => ({ columns: given, query: '' });

it.each([
  [noFilter, 'dport', '443', false, columns({ dport: ['443'] })],
  [noFilter, 'dport', '443', true, columns({ dport: ['!443'] })],
  [columns({ dport: ['22,443'] }), 'dport', '443', false, columns({ dport: ['443'] })],
  [
    columns({ 'ip-src': ['10.0.0.0/8'] }),
    'ip_src',
    '10.0.0.2',
    true,
    columns({ 'ip-src': ['10.0.0.0/8', '!10.0.0.2'] }),
  ],
  [columns({ dport: ['!443'] }), 'dport', '443', true, columns({ dport: ['!443'] })],
  [columns({}), 'comment', '', false, columns({ comment: [''] })],
] as const)('%j with %s %s (%s)', (before, column, value, exclude, after) => {
  expect(withValue(before, column, value, exclude)).toEqual(after);
});

it('goes into a query where there is one, but for places', () => {
  const before: FilterState = { columns: { netns: ['web'] }, query: 'dport == 80 or dport == 81 // two' };
  const after = withValue(withValue(before, 'agent_id', 'gw1', false), 'comment', 'no "admin"', true);
  expect(after.columns).toEqual({ netns: ['web'], 'agent-id': ['gw1'] });
  expect(filterOf(filterValues(after))).toBeDefined();
  expect(after.query).toContain('comment');
});

it.each([
  ['comment', 'a,b\\!', 'a\\,b\\\\!'],
  ['comment', '!x', '\\!x'],
  ['tcp_flags', 'SYN,ACK', 'SYN,ACK'],
] as const)('%s %s is written as %s', (column, raw, written) => {
  expect(flagValue(column, raw)).toBe(written);
});

it('refuses what the column cannot have', () => {
  expect(() => withValue({ columns: {}, query: 'dport == 1' }, 'dport', 'x', false)).toThrow('dport');
});
