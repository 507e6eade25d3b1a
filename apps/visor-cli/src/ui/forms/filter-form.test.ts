import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { FakeHub } from '../../testing/fake-hub.js';
import { type FilterState } from '../model/filter-state.js';
import { press, screenOf, testParts, type TestParts, type } from '../testing/ui-parts.js';
import { FilterForm } from './filter-form.js';
import { savedPath, SavedFilters } from './saved-filters.js';

let folder: string;
const hubs: FakeHub[] = [];
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'visor-filters-'));
});
afterEach(async () => {
  rmSync(folder, { recursive: true, force: true });
  await Promise.all(hubs.splice(0).map((hub) => hub.stop()));
});

const path = (): string => join(folder, 'visor', 'filters.json');
const filterOf = (columns: FilterState['columns'], query = ''): FilterState => ({ columns, query });

function formWith(filter: FilterState, parts: TestParts = testParts(undefined, { filter })): FilterForm {
  return new FilterForm(parts, new SavedFilters(path()));
}

/** Goes to a field, from wherever the cursor is. */
function goTo(form: FilterForm, name: string): void {
  press(form, ...Array<string>(100).fill('up'));
  for (let at = 0; at < 100; at++) {
    const current = screenOf(form)
      .split('\n')
      .find((line) => line.startsWith('▸'));
    if (current?.startsWith(`▸ ${name} `)) return;
    press(form, 'down');
  }
  throw new Error(`there is no field ${name}`);
}

describe('the filter form', () => {
  it('shows what is filtered by, and goes to it', async () => {
    const form = formWith(filterOf({ dport: ['80,!443'], 'tcp-flags': ['SYN,ACK', 'RST'] }));
    await expect(screenOf(form)).toMatchFileSnapshot('../../golden/ui-filter-form.txt');
    form.close();
  });

  it('applies what is written', () => {
    const form = formWith(filterOf({ dport: ['80'] }));
    type(form, ',443');
    goTo(form, 'ip');
    type(form, '10.0.0.0/8');
    goTo(form, 'netns');
    type(form, "''");
    const filter = filterOf({ ip: ['10.0.0.0/8'], netns: [''], dport: ['80,443'] });
    expect(press(form, 'enter')).toEqual({ do: [{ type: 'filter', filter }] });
  });

  it('keeps values of flags apart, which have commas', () => {
    const form = formWith(filterOf({ 'tcp-flags': ['SYN,ACK', 'RST'] }));
    type(form, '|FIN');
    const filter = filterOf({ 'tcp-flags': ['SYN,ACK', 'RST', 'FIN'] });
    expect(press(form, 'enter')).toEqual({ do: [{ type: 'filter', filter }] });
  });

  it('changes nothing where nothing was changed', () => {
    expect(press(formWith(filterOf({ dport: ['80'] })), 'enter')).toBe('close');
    expect(press(formWith(filterOf({ dport: ['80'] })), '1', 'escape')).toBe('close');
  });

  it('tells what is wrong at the field, goes to it, and stays', () => {
    const form = formWith(filterOf({}));
    goTo(form, 'ip-src');
    type(form, '10.0.0.300');
    goTo(form, 'dport');
    type(form, '80');
    const wrong = screenOf(form, 110, 60)
      .split('\n')
      .find((line) => line.includes('10.0.0.300'));
    expect(wrong).toBe(
      '  ip-src         10.0.0.300  "10.0.0.300" is not an IP address; use an address, a prefix or a range: 10.0.0.1, 10.0.0.0/8, 10.0.0.1-10.0.0.9, fd00::1, fd00::/8',
    );
    expect(press(form, 'enter')).toBe('stay');
    expect(screenOf(form)).toContain('▸ ip-src         10.0.0.300|');
    // All of it, where it is long.
    expect(screenOf(form).replace(/\s+/g, ' ')).toContain('10.0.0.1-10.0.0.9, fd00::1, fd00::/8');
    press(form, 'ctrl-u');
    expect(press(form, 'enter')).toEqual({ do: [{ type: 'filter', filter: filterOf({ dport: ['80'] }) }] });
  });

  it('joins a query with columns, but for those that go beside it', () => {
    const form = formWith(filterOf({ 'agent-id': ['web1'] }, 'dport == 80 or dport == 81'));
    goTo(form, 'sg');
    type(form, 'web');
    const query = '(dport == 80 or dport == 81) and (sg-src == "web" or sg-dst == "web")';
    const filter = filterOf({ 'agent-id': ['web1'] }, query);
    expect(press(form, 'enter')).toEqual({ do: [{ type: 'filter', filter }] });
  });

  it('completes fixed values by Tab, and goes round', () => {
    const form = formWith(filterOf({}));
    goTo(form, 'fate');
    type(form, 'dr');
    press(form, 'tab');
    expect(screenOf(form)).toContain('▸ fate           dropped|');
    type(form, ',!');
    const [first, second] = ['tab', 'tab'].map((key) => {
      press(form, key);
      return screenOf(form)
        .split('\n')
        .find((line) => line.startsWith('▸'));
    });
    expect([first, second]).toEqual([
      '▸ fate           dropped,!accepted|',
      '▸ fate           dropped,!dropped|',
    ]);
    press(form, 'shift-tab');
    expect(screenOf(form)).toContain('[accepted]');
  });

  it('completes values that packets have, escaped', async () => {
    const hub = await FakeHub.start((request, response) => {
      expect(request.url).toBe('/api/v1/hints?prefix=a&limit=20&field=comment');
      const values = [{ value: 'a, b', count: 7 }];
      response.setHeader('content-type', 'application/json');
      response.end(JSON.stringify({ field: 'comment', values, count: 1, more: false }));
    });
    hubs.push(hub);
    const parts = testParts(hub.url);
    const form = formWith(filterOf({}), parts);
    goTo(form, 'comment');
    const change = parts.change();
    type(form, 'a');
    screenOf(form);
    await change;
    expect(screenOf(form)).toContain(' a\\, b   7 packets');
    press(form, 'tab');
    expect(press(form, 'enter')).toEqual({
      do: [{ type: 'filter', filter: filterOf({ comment: ['a\\, b'] }) }],
    });
    form.close();
  });

  it('says why there are no values where the hub does not answer', async () => {
    const parts = testParts('http://127.0.0.1:1');
    const form = formWith(filterOf({}), parts);
    goTo(form, 'comment');
    const change = parts.change();
    type(form, 'a');
    screenOf(form);
    await change;
    expect(screenOf(form)).toContain('values are not known: ');
    form.close();
  });

  it('keeps filters under names, takes them, and removes them', () => {
    const form = formWith(filterOf({ dport: ['22'] }));
    press(form, 'ctrl-s');
    type(form, 'ssh \x1b[2J');
    expect(screenOf(form)).toContain('keep as: ssh [2J|');
    press(form, 'ctrl-w', 'backspace', 'backspace', 'enter');
    expect(JSON.parse(readFileSync(path(), 'utf8'))).toEqual({ ssh: { dport: ['22'] } });
    expect(statSync(path()).mode & 0o777).toBe(0o600);

    const other = formWith(filterOf({ sport: ['1'] }, ''));
    press(other, 'ctrl-o');
    expect(screenOf(other)).toContain('▸ ssh  dport=22');
    press(other, 'enter');
    expect(press(other, 'enter')).toEqual({
      do: [{ type: 'filter', filter: filterOf({ dport: ['22'] }) }],
    });

    press(other, 'ctrl-o', 'delete');
    expect(screenOf(other)).toContain('Delete again removes ssh');
    press(other, 'delete');
    expect(screenOf(other)).toContain('no filter is kept yet');
    expect(JSON.parse(readFileSync(path(), 'utf8'))).toEqual({});
  });

  it('does not keep a wrong filter', () => {
    const form = formWith(filterOf({}));
    goTo(form, 'dport');
    type(form, 'http');
    press(form, 'ctrl-s');
    type(form, 'a');
    press(form, 'enter');
    expect(() => statSync(path())).toThrow();
    expect(screenOf(form)).toContain('"http" is not a number');
  });
});

describe('filters that were kept', () => {
  it('are beside the config file', () => {
    expect(savedPath({ XDG_CONFIG_HOME: '/c' })).toBe('/c/visor/filters.json');
  });

  const file = (text: string): SavedFilters => {
    const saved = new SavedFilters(join(folder, 'filters.json'));
    writeFileSync(saved.path, text);
    return saved;
  };

  it('are read with what is wrong with them', () => {
    const saved = file('{"b": {"dport": ["http"]}, "a": {"query": "dport == 1"}, "c": {"by": "x"}, "d": 1}');
    expect(saved.list().map(({ name, fault }) => [name, fault])).toEqual([
      ['a', undefined],
      ['b', expect.stringContaining('dport: "http" is not a number')],
      ['c', 'it has "by", which is no flag with a list of texts'],
      ['d', 'it is no object of flags and their values'],
    ]);
  });

  it.each(['[', '[]', '1'])('are not written over what is no file of filters: %s', (text) => {
    const saved = file(text);
    expect(() => saved.save('a', filterOf({}))).toThrow('mend it by hand');
    expect(readFileSync(saved.path, 'utf8')).toBe(text);
  });
});
