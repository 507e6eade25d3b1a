import { afterEach, describe, expect, it } from 'vitest';
import { FakeHub } from '../../testing/fake-hub.js';
import { type FilterState } from '../model/filter-state.js';
import { press, screenOf, testParts, type } from '../testing/ui-parts.js';
import { QueryForm } from './query-form.js';

const hubs: FakeHub[] = [];
afterEach(() => Promise.all(hubs.splice(0).map((hub) => hub.stop())));

const formOf = (filter: FilterState): QueryForm => new QueryForm(testParts(undefined, { filter }));
const empty = { columns: {}, query: '' };

describe('the query line', () => {
  it('applies what is written', () => {
    const form = formOf(empty);
    type(form, 'dport == 80');
    const filter = { columns: {}, query: 'dport == 80' };
    expect(press(form, 'enter')).toEqual({ do: [{ type: 'filter', filter }] });
  });

  it('begins with the filter in force as a condition, and leaves it as it is unless it is changed', () => {
    const form = formOf({ columns: { dport: ['80,443'], fate: ['!accepted'] }, query: '' });
    expect(screenOf(form).split('\n')[2]).toBe('/ (dport == 80 or dport == 443) and not fate == accepted|');
    expect(press(form, 'enter')).toBe('close');
    press(form, 'ctrl-u');
    expect(press(form, 'enter')).toEqual({ do: [{ type: 'filter', filter: empty }] });
  });

  it('keeps what stands beside a query, and says so', () => {
    const form = formOf({ columns: { 'agent-id': ['web1'] }, query: 'len > 3' });
    expect(screenOf(form).split('\n')[0]).toBe('with agent-id=web1');
    type(form, '0');
    const filter = { columns: { 'agent-id': ['web1'] }, query: 'len > 30' };
    expect(press(form, 'enter')).toEqual({ do: [{ type: 'filter', filter }] });
  });

  it('tells the place of what is wrong, and stays', () => {
    const form = formOf(empty);
    type(form, 'dport == 80 and sprot > 1');
    expect(press(form, 'enter')).toBe('stay');
    expect(screenOf(form).split('\n')[0]).toBe('column 17: "sprot" is no column; use sport');
    expect(press(form, 'escape')).toBe('close');
  });

  it('completes columns, operators and values by Tab', () => {
    const form = formOf(empty);
    type(form, 'fa');
    press(form, 'tab');
    expect(screenOf(form).split('\n')[2]).toBe('/ fate|');
    type(form, ' == d');
    press(form, 'tab');
    expect(screenOf(form).split('\n')[2]).toBe('/ fate == dropped|');
  });

  it('completes values that packets have, in quotes where they need them', async () => {
    const hub = await FakeHub.start((_, response) => {
      const values = [
        { value: 'web', count: 7 },
        { value: 'we b', count: 1 },
        { value: 'dport', count: 1 },
      ];
      response.setHeader('content-type', 'application/json');
      response.end(JSON.stringify({ field: 'chain', values, count: 3, more: false }));
    });
    hubs.push(hub);
    const parts = testParts(hub.url);
    const form = new QueryForm(parts);
    const change = parts.change();
    type(form, 'chain == ');
    screenOf(form);
    await change;
    expect(screenOf(form).split('\n')[1]).toMatch(/^ web {2}"we b" {2}"dport"/);
    press(form, 'tab', 'tab');
    expect(screenOf(form).split('\n')[2]).toBe('/ chain == "we b"|');
    form.close();
  });
});
