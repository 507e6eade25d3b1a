import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { noon } from '../../testing/session.js';
import { rowJson } from '../../testing/rows.js';
import { type Form } from '../contracts.js';
import { noFilter } from '../model/filter-state.js';
import { press, screenOf, testParts, type TestParts, type } from '../testing/ui-parts.js';
import { aggregateForm, orderForm } from './aggregate-form.js';
import { clipboard, copyForm } from './copy-form.js';
import { ExportForm } from './export-form.js';
import { HelpForm } from './help-form.js';
import { rangeForm } from './range-form.js';

const clear = (form: Form): unknown => press(form, 'end', 'ctrl-u');

describe('the time form', () => {
  it('shows all that can be chosen', async () => {
    const form = rangeForm(testParts(undefined, { range: { kind: 'fixed', since: '2h', until: '1h' } }));
    await expect(screenOf(form)).toMatchFileSnapshot('../../golden/ui-range-form.txt');
  });

  it('takes live, and a length', () => {
    const form = rangeForm(testParts());
    expect(press(form, 'enter')).toEqual({ do: [{ type: 'range', range: { kind: 'live' } }] });
    const range = { kind: 'fixed', since: '15m', until: undefined };
    expect(press(form, 'down', 'down', 'enter')).toEqual({ do: [{ type: 'range', range }] });
  });

  it.each([
    ['2026-11-21 10:00', '2026-11-21 11:00'],
    ['1h', undefined],
    [undefined, '2026-11-21'],
  ])('takes the time from %s to %s', (since, until) => {
    const form = rangeForm(testParts());
    press(form, ...Array<string>(7).fill('down'));
    type(form, since ?? '');
    press(form, 'down');
    type(form, until ?? '');
    expect(press(form, 'enter')).toEqual({ do: [{ type: 'range', range: { kind: 'fixed', since, until } }] });
  });

  it.each([
    ['yesterday', '', /^from: "yesterday" is not a time; use /],
    ['1h', '25:00', /^to: "25:00" is not a time; use /],
    ['1h', '2h', /^to: it is not after from$/],
    ['', '', /^from: give a time/],
  ])('says what is wrong with the time from "%s" to "%s", and stays', (since, until, told) => {
    const form = rangeForm(testParts());
    press(form, ...Array<string>(7).fill('down'));
    type(form, since);
    press(form, 'down');
    type(form, until);
    expect(press(form, 'enter')).toBe('stay');
    expect(screenOf(form, 160).trimEnd().split('\n').at(-1)).toMatch(told);
    // A reason that is cut off is none.
    for (const line of screenOf(form, 76).split('\n')) expect(line.length).toBeLessThanOrEqual(76);
  });
});

describe('the form of groups', () => {
  it('takes none, what top knows, and columns', () => {
    const form = aggregateForm(testParts());
    expect(press(form, 'enter')).toEqual({ do: [{ type: 'aggregate', by: [] }] });
    expect(press(form, 'down', 'down', 'enter')).toEqual({
      do: [{ type: 'aggregate', by: ['proto', 'dport'] }],
    });
    press(form, ...Array<string>(10).fill('down'));
    type(form, 'ip-s');
    press(form, 'tab');
    type(form, ',fate,ip_src');
    expect(press(form, 'enter')).toEqual({ do: [{ type: 'aggregate', by: ['ip_src', 'fate'] }] });
  });

  it('begins with what is in force', () => {
    const form = aggregateForm(testParts(undefined, { aggregate: ['ip_src', 'len'] }));
    expect(screenOf(form)).toContain('▸ columns  ip-src,len|');
  });

  it.each([
    ['dprot', '"dprot" is no column; did you mean dport?'],
    ['ts,sport,dport,ttl,len,fate,iif,oif,mark', 'the hub groups by 8 columns at most, and these are 9'],
  ])('refuses %s', (text, told) => {
    const form = aggregateForm(testParts());
    press(form, ...Array<string>(10).fill('down'));
    type(form, text);
    expect(press(form, 'enter')).toBe('stay');
    expect(screenOf(form)).toContain(told);
  });
});

describe('the order', () => {
  it('is taken, from that in force on', () => {
    const form = orderForm(testParts(undefined, { order: 'newest-first' }));
    expect(press(form, 'enter')).toEqual({ do: [{ type: 'order', order: 'newest-first' }] });
    expect(press(form, 'up', 'enter')).toEqual({ do: [{ type: 'order', order: 'newest-last' }] });
  });
});

function withPackets(parts: TestParts): TestParts {
  const rows = [rowJson({ dport: 1 }), rowJson({ dport: 2 }), rowJson({ dport: 1, sport: 7 })];
  parts.store.dispatch({ type: 'rows', rows, nowMs: noon });
  return parts;
}

describe('the export', () => {
  let folder: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'visor-export-'));
  });
  afterEach(() => rmSync(folder, { recursive: true, force: true }));

  function exportTo(parts: TestParts, name: string): { form: ExportForm; path: string } {
    const form = new ExportForm(parts);
    const path = join(folder, name);
    clear(form);
    type(form, path);
    return { form, path };
  }

  it('proposes a name by the time', () => {
    expect(screenOf(new ExportForm(testParts()))).toContain('file: visor-20261121-150000.jsonl|');
  });

  it('writes the packets that are shown as the hub sent them, in their order', () => {
    const parts = withPackets(testParts());
    const { form, path } = exportTo(parts, 'a.jsonl');
    expect(press(form, 'enter')).toEqual({
      do: [
        { type: 'message', text: `2 lines of 3 packets, of each line the newest packet written to ${path}` },
      ],
    });
    expect(readFileSync(path, 'utf8')).toBe(`${rowJson({ dport: 2 })}\n${rowJson({ dport: 1, sport: 7 })}\n`);
  });

  it('writes CSV', () => {
    const { form, path } = exportTo(withPackets(testParts()), 'a.CSV');
    press(form, 'enter');
    const [head = '', ...lines] = readFileSync(path, 'utf8').split('\r\n');
    expect(head.startsWith('"ts","agent_id",')).toBe(true);
    expect(lines.length).toBe(3);
  });

  it('writes groups with their values as the hub sent them', () => {
    const parts = testParts(undefined, { aggregate: ['chain', 'dport'] });
    const line = { key: '["a\\u001b",80]', values: { chain: 'a\\x1b', dport: '80' } };
    const total = { packets: 3, bytes: 4, drops: 0 };
    const groups = { lines: [{ ...line, ...total }], total, more: false };
    parts.store.dispatch({ type: 'groups', groups });
    const { form, path } = exportTo(parts, 'a.csv');
    expect(press(form, 'enter')).toEqual({
      do: [{ type: 'message', text: `1 group written to ${path}` }],
    });
    expect(readFileSync(path, 'utf8')).toBe('chain,dport,packets,bytes,drops\r\na\u001b,80,3,4,0\r\n');
  });

  it('replaces a file only when it is asked twice', () => {
    const { form, path } = exportTo(withPackets(testParts()), 'a.jsonl');
    writeFileSync(path, 'mine');
    expect(press(form, 'enter')).toBe('stay');
    expect(screenOf(form)).toContain('that file is there already: Enter again replaces it');
    expect(readFileSync(path, 'utf8')).toBe('mine');
    expect(press(form, 'enter')).toMatchObject({ do: [{ type: 'message' }] });
    expect(readFileSync(path, 'utf8')).not.toBe('mine');
  });

  it('does not replace another file that is there, too', () => {
    const { form, path } = exportTo(withPackets(testParts()), 'a.jsonl');
    writeFileSync(path, 'mine');
    press(form, 'enter', 'end');
    press(form, ...Array<string>('a.jsonl'.length).fill('backspace'));
    writeFileSync(join(folder, 'b.jsonl'), 'mine');
    type(form, 'b.jsonl');
    expect(press(form, 'enter')).toBe('stay');
    expect(readFileSync(join(folder, 'b.jsonl'), 'utf8')).toBe('mine');
  });

  it.each([
    ['a.txt', 'the name says how: end it with .jsonl or .csv'],
    ['no/a.csv', 'it was not written: there is no such folder'],
  ])('says why %s is not written', (name, told) => {
    const { form } = exportTo(withPackets(testParts()), name);
    expect(press(form, 'enter')).toBe('stay');
    expect(screenOf(form, 200)).toContain(told);
  });
});

describe('what is copied', () => {
  it('goes to the terminal as OSC 52', () => {
    expect(clipboard('ab')).toBe('\x1b]52;c;YWI=\x07');
    const parts = withPackets(
      testParts(undefined, { filter: { columns: { dport: ['1,2'] }, query: '' }, panel: 'ruleset' }),
    );
    const form = copyForm(parts);
    const line = 'visor-cli ui --dport 1,2 --panel ruleset';
    expect(press(form, 'enter')).toEqual({
      do: [{ type: 'message', text: `sent to the terminal's clipboard: ${line}` }],
    });
    expect(parts.sent).toEqual([clipboard(line)]);
  });

  it('is the screen, the packet as a line, its story, its row', async () => {
    const form = copyForm(withPackets(testParts()));
    await expect(screenOf(form, 100)).toMatchFileSnapshot('../../golden/ui-copy-form.txt');
  });
});

describe('the help', () => {
  const keys = (title: string, count: number) => ({
    title,
    keys: Array.from({ length: count }, (_, at) => ({ key: `F${at}`, does: `does ${at}` })),
  });
  const groups = [keys('Look', 4), keys('Choose', 3), keys('Use', 2)];

  it('has two columns where there is room', async () => {
    const form = new HelpForm(testParts(), groups);
    await expect(screenOf(form, 60)).toMatchFileSnapshot('../../golden/ui-help-form.txt');
    expect(press(form, 'f1')).toBe('close');
  });

  it('is scrolled where there is not', () => {
    const form = new HelpForm(testParts(), groups);
    expect(screenOf(form, 20, 5).split('\n')[0]).toBe('Look');
    press(form, 'end');
    expect(screenOf(form, 20, 5).split('\n')[4]).toBe('  F1  does 1');
    expect(press(form, 'escape')).toBe('close');
  });
});

it('all forms leave by Escape', () => {
  const parts = testParts(undefined, { filter: noFilter });
  for (const form of [rangeForm, aggregateForm, orderForm, copyForm].map((make) => make(parts)))
    expect(press(form, 'escape')).toBe('close');
});
