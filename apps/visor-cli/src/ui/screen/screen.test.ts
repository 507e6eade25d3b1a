import { beforeEach, describe, expect, it } from 'vitest';
import { VisorClient } from '#api-client';
import { Clock } from '../../format/clock.js';
import { numeric } from '../../format/names.js';
import { paint } from '../../format/paint.js';
import { widthOf } from '../../format/width.js';
import { rowJson } from '../../testing/rows.js';
import { type Form, type Forms, type Panel, type Size } from '../contracts.js';
import { panelNames } from '../model/state.js';
import { type UiStore } from '../model/store.js';
import { NOW_MS, storeOf } from '../testing/state.js';
import { InputDecoder } from './input.js';
import { Screen } from './screen.js';

// eslint-disable-next-line no-control-regex -- colours begin with ESC
const plain = (line: string): string => line.replace(/\u001b\[[0-9;]*[A-Za-z]/g, '');

/** A panel of twenty lines, the twelfth of which matters. */
const panelOf = (name: Panel['name']): Panel => ({
  name,
  title: name[0]?.toUpperCase() + name.slice(1),
  update: () => undefined,
  lines: () => Array.from({ length: 40 }, (_, at) => `${name} line ${at}`),
  mark: () => 30,
  valueAt: (line) => ({ column: 'dport', value: String(line) }),
});

const form: Form = {
  title: 'A form',
  where: 'over',
  hints: [{ key: 'Enter', does: 'close' }],
  key: ({ name }) => (name === 'enter' ? { do: [{ type: 'order', order: 'newest-first' }] } : 'stay'),
  view: () => ({ lines: ['the form'], caret: { line: 0, column: 3 } }),
};
const names = ['filter', 'query', 'range', 'aggregate', 'order', 'export', 'copy', 'help'] as const;
const forms = Object.fromEntries(names.map((name) => [name, () => form])) as unknown as Forms;

describe('the screen', () => {
  let store: UiStore;
  let screen: Screen;
  let size: Size;
  let quits: number;

  beforeEach(() => {
    size = { width: 80, height: 24 };
    quits = 0;
    begin();
  });

  function begin(some: Parameters<typeof storeOf>[0] = {}): void {
    store = storeOf(some);
    screen = new Screen({
      client: new VisorClient({ host: '127.0.0.1:9650' }),
      paint: paint(false),
      names: numeric,
      clock: () => new Clock(() => NOW_MS, { utc: true }),
      now: () => NOW_MS,
      signal: new AbortController().signal,
      state: () => store.state,
      dispatch: (action) => store.dispatch(action),
      changed: () => undefined,
      send: () => undefined,
      panels: panelNames.map(panelOf),
      forms,
      size: () => size,
      quit: () => quits++,
      suspend: () => undefined,
    });
  }
  const put = (...rows: readonly string[]): void => store.dispatch({ type: 'rows', rows, nowMs: NOW_MS });
  const many = (count: number): void =>
    put(...Array.from({ length: count }, (_, at) => rowJson({ dport: at + 1 })));
  const shown = (): string[] => screen.frame().lines.map(plain);
  const type = (text: string): void => {
    const decoder = new InputDecoder();
    for (const input of [...decoder.feed(text), ...decoder.flush()]) screen.input(input);
  };
  const selected = (): string => shown().find((line) => line.startsWith('▸')) ?? '';

  it.each([
    [80, 24],
    [139, 40],
    [140, 40],
    [250, 70],
  ])('has lines that fill the window, whatever is in them (%ix%i)', (width, height) => {
    size = { width, height };
    const nasty = '\u001b[2J\u0007日本語\u202eשלום e\u0301 👨‍👩‍👧\u009b31m'.repeat(3);
    put(
      rowJson({
        comment: nasty,
        agent_id: nasty,
        sg_src: nasty,
        table: nasty,
        proto: 'tcp',
        ip_src: '2001:db8::1',
      }),
    );
    store.dispatch({ type: 'message', text: 'm'.repeat(300) });
    for (const key of ['', '\r', '\u001b']) {
      type(key);
      const { lines } = screen.frame();
      expect(lines).toHaveLength(height);
      expect(lines.map((line) => widthOf(plain(line))).filter((each) => each !== width)).toEqual([]);
      // eslint-disable-next-line no-control-regex -- they must not be there
      expect(plain(lines.join(''))).not.toMatch(/[\u0000-\u001f\u007f-\u009f\u202e]/);
    }
  });

  it('says which size it needs', () => {
    size = { width: 79, height: 24 };
    expect(shown().join('\n')).toMatch(/79x24[^]*80x24/);
    size = { width: 80, height: 23 };
    expect(shown().join('\n')).toMatch(/80x23[^]*80x24/);
  });

  it('follows the newest until a line is selected, and again after End', () => {
    many(50);
    expect(selected()).toContain(':50');
    type('\u001b[A\u001b[A');
    expect(selected()).toContain(':48');
    put(rowJson({ dport: 60 }), rowJson({ dport: 61 }));
    expect(selected()).toContain(':48');
    type('\u001b[5~');
    expect(selected()).toContain(':29');
    type('\u001b[F');
    expect(selected()).toContain(':61');
    put(rowJson({ dport: 62 }));
    expect(selected()).toContain(':62');
    type('\u001b[H');
    expect(selected()).toContain(':1');
  });

  it('has the newest at the top where one wants it', () => {
    begin({ order: 'newest-first' });
    many(50);
    expect(shown()[3]).toMatch(/^▸.*:50 /);
    type('\u001b[B');
    put(rowJson({ dport: 60 }));
    expect(selected()).toContain(':49');
    type('\u001b[H');
    expect(selected()).toContain(':60');
  });

  it('drills into the packet, and stays with it', () => {
    many(3);
    type('4\r');
    expect(store.state.panel).toBe('path');
    expect(store.state.focus).toBe('panel');
    many(9);
    expect(selected()).toContain(':3');
    type('\u001b');
    expect(store.state.focus).toBe('list');
    type('\u001b');
    expect(selected()).toContain(':9');
  });

  it('scrolls a panel to the line that matters, unless a person has', () => {
    many(1);
    expect(shown().join('\n')).toContain('path line 30');
    type('\r\u001b[H');
    expect(shown()[3]).toContain('path line 0');
    type('\u001b[B\u001b[B+');
    expect(store.state.filter.columns).toEqual({ dport: ['2'] });
  });

  it('takes a value of the line, or excludes it', () => {
    put(rowJson());
    type('+');
    expect(store.state.filter.columns).toEqual({ 'ip-src': ['10.0.0.2'] });
    put(rowJson());
    type('\u001b[C\u001b[C-');
    expect(store.state.filter.columns).toEqual({ 'ip-src': ['10.0.0.2'], 'ip-dst': ['!10.0.1.2'] });
    type('-');
    expect(shown().at(-1)).toContain('there is no value under the cursor');
  });

  it('goes from groups to their packets', () => {
    begin({ aggregate: ['ip_src', 'dport'] });
    const values = { ip_src: '10.0.0.2', dport: '80' };
    const line = { key: 'k', values, packets: 1234, bytes: 99, drops: 5 };
    store.dispatch({ type: 'groups', groups: { lines: [line], total: line, more: true } });
    expect(shown()[2]).toContain('Groups 1+');
    expect(shown()[3]).toMatch(/1\.23 k +5 +99 B +10\.0\.0\.2 +80/);
    type('\r');
    expect(store.state.aggregate).toEqual([]);
    expect(store.state.filter.columns).toEqual({ 'ip-src': ['10.0.0.2'], dport: ['80'] });
  });

  it('pauses, and says how many it holds back', () => {
    many(2);
    type('p');
    many(3);
    expect(shown()[1]).toContain('PAUSED, 3 held back');
    expect(shown().at(-1)).toContain('p go on');
    type('p');
    expect(shown()[1]).not.toContain('PAUSED');
  });

  it('shows how it is connected, and what is missing', () => {
    const retryAtMs = NOW_MS + 2500;
    many(2);
    store.dispatch({ type: 'connection', connection: { kind: 'reconnecting', why: 'x', retryAtMs } });
    store.dispatch({ type: 'missing', events: 7, rows: 2, text: 'EVENTS LOST' });
    expect(shown()[0]).toContain('● reconnecting in 3 s');
    expect(shown()[1]).toContain('7 events lost, 2 rows missing');
    // What was there stays.
    expect(selected()).toContain(':2');
  });

  it('hands all keys to a form but Ctrl-C', () => {
    type('fq');
    expect(screen.frame().caret).toBeDefined();
    expect(shown().join('\n')).toContain('the form');
    expect(shown().at(-1)).toContain('Enter close');
    expect(quits).toBe(0);
    type('\u0003');
    expect(quits).toBe(1);
    type('\r');
    expect(store.state.order).toBe('newest-first');
    expect(screen.frame().caret).toBeUndefined();
    type('q');
    expect(quits).toBe(2);
  });

  it('takes the mouse: lines, tabs, the footer, the wheel', () => {
    many(50);
    const press = (x: number, y: number): void => screen.input({ type: 'mouse', what: 'press', x, y });
    shown();
    press(5, 4);
    expect(selected()).toContain(':32');
    expect(shown()[4]).toMatch(/^▸/);
    screen.input({ type: 'mouse', what: 'wheel-down', x: 5, y: 4 });
    expect(selected()).toContain(':35');
    const titles = shown()[2] ?? '';
    press(titles.indexOf(' De') + 1, 2);
    expect(store.state.panel).toBe('details');
    const footer = shown().at(-1) ?? '';
    press(footer.indexOf('p pause'), 23);
    expect(store.state.held).toBe(0);
    press(70, 6);
    expect(store.state.focus).toBe('panel');
  });
});
