import { type ColumnName, type JsonValue } from '#columns';
import { describe, expect, it } from 'vitest';
import { rowJson } from '../testing/rows.js';
import { Clock } from './clock.js';
import { createNames } from './names.js';
import { paint } from './paint.js';
import { TreeFormatter, type TreeOptions } from './tree.js';
import { widthOf } from './width.js';
import { inZone } from '../testing/zone.js';

inZone('UTC');

type Values = Partial<Record<ColumnName, JsonValue>>;

const tree = (options: Partial<TreeOptions> = {}): TreeFormatter =>
  new TreeFormatter({
    clock: new Clock(() => Date.parse('2026-11-21T15:00:00Z')),
    paint: paint(false),
    live: false,
    ...options,
  });

/** @returns a packet's hops: each with its number, the last the decisive one */
function packet(id: string, ...hops: Values[]): string[] {
  return hops.map((values, hop) =>
    rowJson({
      packet_id: id,
      hop,
      decisive: hop === hops.length - 1,
      hook: 'input',
      chain: 'input',
      ...values,
    }),
  );
}

const pre = { hook: 'prerouting', table: 'raw', chain: 'prerouting', type: 'policy', verdict: 'accept' };
const jump = { verdict: 'jump', jt: 'web', handle: '6', rule: 'tcp dport 8443 jump web' };
const inner = { chain: 'web', verdict: 'jump', jt: 'deep', handle: '10', rule: 'jump deep' };
const deep = { chain: 'deep', verdict: 'continue', handle: '20', rule: 'counter' };
const after = { verdict: 'continue', handle: '7', rule: 'counter' };
const drop = { handle: '12' };
const HEAD = '14:03:11.204518 web1 10.0.0.2:51034 -> 10.0.1.2:8443 tcp SYN DROPPED packet';
const LAST = '▶ input        DROPPED   inet filter input handle 12 "tcp dport 8443 drop"';

const all = (formatter: TreeFormatter, ...parts: string[][]): string[] => {
  const text = parts.map((rows) => formatter.rows(rows)).join('') + formatter.end();
  return text.split('\n').slice(0, -1);
};

describe('tree', () => {
  it('shows a packet, and its hops below it, deeper by each jump', () => {
    expect(all(tree(), packet('5', pre, jump, inner, deep, after, drop))).toEqual([
      `${HEAD} 5`,
      '  prerouting   ACCEPT    policy accept: inet raw prerouting',
      '  input        JUMP      inet filter input handle 6 "tcp dport 8443 jump web"',
      '  input        JUMP        inet filter web handle 10 "jump deep"',
      '  input        CONTINUE      inet filter deep handle 20 "counter"',
      '  input        CONTINUE  inet filter input handle 7 "counter"',
      LAST,
    ]);
  });

  it('puts the hops of packets together that were on their way at one time', () => {
    const [a, b] = [packet('5', jump, drop), packet('6', jump, drop)];
    const mixed = [a[0], b[0], a[1], b[1]].filter((row) => row !== undefined);
    const lines = all(tree(), mixed);
    expect(lines).toEqual([`${HEAD} 5`, lines[1], LAST, `${HEAD} 6`, lines[1], LAST]);
  });

  it('tells packets of two agents apart', () => {
    const [row = ''] = packet('5', drop);
    expect(all(tree(), [row, rowJson({ packet_id: '5', agent_id: 'web2' })])).toHaveLength(4);
  });

  it('goes on where a live packet comes in pieces', () => {
    const [first = '', ...rest] = packet('5', jump, { ...deep, chain: 'web' }, drop);
    const formatter = tree({ live: true });
    expect(formatter.rows([first]).split('\n')).toHaveLength(3);
    expect(formatter.rows(rest)).toBe(
      `  input        CONTINUE    inet filter web handle 20 "counter"\n${LAST}\n`,
    );
  });

  it('says where it goes on after another', () => {
    const [first = '', second = ''] = packet('5', jump, { ...deep, chain: 'web' });
    const formatter = tree({ live: true });
    const lines = [[first], packet('6', drop), [second]].map((rows) => formatter.rows(rows));
    expect(lines[2]).toBe(
      `${HEAD} 5 (continued)\n▶ input        DROPPED     inet filter web handle 20 "counter"\n`,
    );
  });

  it('keeps a line to a person in its place', () => {
    const formatter = tree();
    formatter.rows(packet('5', drop));
    formatter.note('EVENTS LOST');
    formatter.rows(packet('6', drop));
    expect(formatter.end().split('\n')[2]).toBe('EVENTS LOST');
    expect(tree({ live: true }).note('EVENTS LOST')).toBe('EVENTS LOST\n');
  });

  it('shows the names of services, and that it is a sample', () => {
    const [line] = all(
      tree({ names: createNames({ numeric: false }) }),
      packet('5', { dport: 443, sampling: 16 }),
    );
    expect(line).toContain('-> 10.0.1.2:443(https) tcp SYN DROPPED packet 5 (1 of 16)');
  });

  it('breaks lines at words where a terminal is narrow, and cuts nothing', () => {
    const rule = `ip saddr { ${Array.from({ length: 20 }, (_, i) => `10.0.${i}.0/24`).join(', ')} } drop`;
    const lines = all(tree({ width: 80 }), packet('5', jump, { ...drop, chain: 'web', rule }));
    for (const line of lines) expect(widthOf(line)).toBeLessThanOrEqual(80);
    expect(lines.map((line) => line.trim()).join(' ')).toContain(rule);
    expect(lines.slice(4).every((line) => line.startsWith(' '.repeat(27)))).toBe(true);
  });

  it('lets no row break out of its line', () => {
    const nasty = '\x1b[2J\r\n\u202e\u2028';
    const values = { agent_id: nasty, chain: nasty, table: nasty, rule: nasty, comment: nasty, hook: nasty };
    const lines = all(tree(), packet(nasty, { ...values, jt: nasty, verdict: nasty, fate: nasty }));
    expect(lines).toHaveLength(2);
    expect(lines.join('')).not.toMatch(/[\p{Cc}\u202e\u2028]/u);
  });

  it('colours what decided', () => {
    const text = tree({ paint: paint(true) });
    const [, line] = all(text, packet('5', drop));
    expect(line).toContain('\x1b[91m\x1b[1m▶\x1b[22m\x1b[39m');
    expect(line).toContain('\x1b[91m\x1b[1mDROPPED ');
  });

  it('is nothing for no rows', () => {
    expect(tree().end()).toBe('');
  });
});
