import { stripVTControlCharacters } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { rowJson } from '../testing/rows.js';
import { Clock } from './clock.js';
import { paint } from './paint.js';
import { TableFormatter, type TableOptions } from './table.js';

const zone = process.env['TZ'];
beforeAll(() => {
  process.env['TZ'] = 'UTC';
});
afterAll(() => {
  if (zone === undefined) delete process.env['TZ'];
  else process.env['TZ'] = zone;
});

function table(options: Partial<TableOptions> = {}): TableFormatter {
  const clock = new Clock(() => Date.parse('2026-11-21T15:00:00Z'));
  return new TableFormatter({
    clock,
    paint: paint(false),
    width: Infinity,
    hops: false,
    live: false,
    ...options,
  });
}

const rows = [
  rowJson(),
  rowJson({ ip_src: 'fd00::1', ip_dst: 'fd00::2', len: 1500, fate: 'accepted', iif: 'wlan0' }),
];

describe('table', () => {
  it('aligns all rows under a header', () => {
    const formatter = table();
    expect(formatter.rows(rows.slice(0, 1)) + formatter.rows(rows.slice(1))).toBe('');
    expect(formatter.end()).toBe(
      `TIME             AGENT  IN     OUT   SOURCE           DESTINATION     PROTO  INFO   LEN  FATE      RULE
14:03:11.204518  web1   eth0   eth1  10.0.0.2:51034   10.0.1.2:8443   tcp    SYN     60  DROPPED   inet filter forward handle 12 "tcp dport 8443 drop"
14:03:11.204518  web1   wlan0  eth1  [fd00::1]:51034  [fd00::2]:8443  tcp    SYN   1500  ACCEPTED  inet filter forward handle 12 "tcp dport 8443 drop"
`,
    );
  });

  it('keeps a line to a person in its place, live too', () => {
    const formatter = table();
    const live = table({ live: true });
    let text = '';
    for (const row of rows) {
      formatter.rows([row]);
      text += live.rows([row]);
      formatter.note('EVENTS LOST');
      text += live.note('EVENTS LOST');
    }
    for (const shown of [formatter.end(), text]) {
      const kinds = shown
        .trimEnd()
        .split('\n')
        .map((line) => /TIME|wlan0|eth0|EVENTS LOST/.exec(line)?.[0]);
      expect(kinds).toEqual(['TIME', 'eth0', 'EVENTS LOST', 'wlan0', 'EVENTS LOST']);
    }
    const alone = table();
    alone.note('EVENTS LOST');
    expect(alone.end()).toBe('EVENTS LOST\n');
  });

  it.each([200, 140, 120, 100])('fits %i characters', (width) => {
    const formatter = table({ width });
    formatter.rows(rows);
    const lines = formatter.end().trimEnd().split('\n');
    expect(lines).toHaveLength(3);
    for (const line of lines) expect(line.length).toBeLessThanOrEqual(width);
    expect(lines[1]).toContain('DROPPED');
  });

  it('stays readable where the terminal is too narrow for anything', () => {
    const formatter = table({ width: 20 });
    formatter.rows(rows);
    expect(formatter.end().split('\n')[1]).toBe(
      '14:03:11.204518  web1   e…  et…  10.0.0.2…  10.0.1.2:8…  tcp    SYN    60  DROPPED   inet filter…',
    );
  });

  it('prints live rows at once, the header once', () => {
    const formatter = table({ live: true });
    const first = formatter.rows(rows.slice(0, 1));
    const second = formatter.rows(rows.slice(1));
    expect(first.split('\n')).toHaveLength(3);
    expect(first).toMatch(/^TIME {13}AGENT/);
    expect(second.split('\n')).toHaveLength(2);
    expect(second.indexOf('ACCEPTED')).toBe(first.split('\n')[1]?.indexOf('DROPPED'));
    expect(formatter.rows([]) + formatter.end()).toBe('');
  });

  it('shows hops with their number and verdict', () => {
    const formatter = table({ hops: true });
    formatter.rows([rowJson({ decisive: false, verdict: 'continue', hop: 3 })]);
    const [head, line] = formatter.end().split('\n');
    expect(head).toMatch(/^TIME +PACKET +HOP +SOURCE +DESTINATION +PROTO +INFO +HOOK +VERDICT +RULE$/);
    expect(line).toMatch(
      /^14:03:11\.204518 +9007199254740993 +3 .* forward +CONTINUE +inet filter forward handle 12/,
    );
  });

  it('colours the fate and keeps the alignment', () => {
    const formatter = table({ paint: paint(true) });
    formatter.rows(rows);
    const plain = table();
    plain.rows(rows);
    const colored = formatter.end();
    expect(colored).toContain('\x1b[32mACCEPTED');
    expect(stripVTControlCharacters(colored)).toBe(plain.end());
  });

  it('prints nothing for no rows', () => {
    expect(table().end()).toBe('');
  });
});
