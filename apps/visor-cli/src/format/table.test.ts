import { stripVTControlCharacters } from 'node:util';
import { describe, expect, it } from 'vitest';
import { rowJson } from '../testing/rows.js';
import { Clock } from './clock.js';
import { createNames } from './names.js';
import { paint } from './paint.js';
import { TableFormatter, type TableOptions } from './table.js';
import { widthOf } from './width.js';
import { inZone } from '../testing/zone.js';

inZone('UTC');

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

  it('is of the width that the terminal has by then, with its header anew', () => {
    const live = table({ live: true, width: 200 });
    const [head = '', first = ''] = live.rows(rows.slice(0, 1)).split('\n');
    expect(head).toMatch(/^TIME/);
    expect(widthOf(first)).toBeGreaterThan(100);
    live.resize(80);
    const narrow = live.rows(rows.slice(0, 1)).trimEnd().split('\n');
    expect(narrow[0]).toMatch(/^TIME/);
    for (const line of narrow) expect(widthOf(line)).toBeLessThanOrEqual(80);
    expect(live.rows(rows.slice(0, 1))).not.toContain('TIME');
    // The same columns, but not where they were.
    live.resize(79);
    expect(live.rows(rows.slice(0, 1))).toContain('TIME');
  });

  const shown = (options: Partial<TableOptions>, of: readonly string[] = rows): string[] => {
    const formatter = table(options);
    formatter.rows(of);
    return formatter.end().trimEnd().split('\n');
  };

  it.each([200, 140, 120, 100, 80])('fits %i characters, and shows fate and rule', (width) => {
    const lines = shown({ width });
    for (const line of lines) expect(widthOf(line)).toBeLessThanOrEqual(width);
    expect(lines.filter((line) => line.includes('DROPPED'))).toHaveLength(1);
    expect(lines.join('\n')).toContain('inet filter forward handle 12');
  });

  it('leaves out for the rule what is worth less', () => {
    expect(shown({ width: 160 })[0]).toMatch(/AGENT +IN +OUT +SOURCE.* LEN +FATE +RULE$/);
    expect(shown({ width: 140 })[0]).toMatch(/AGENT +IN +SOURCE.* INFO +FATE +RULE$/);
  });

  it('puts the rule below where there is no room beside, and what must not be missing', () => {
    expect(shown({ width: 75 })).toEqual([
      'TIME             SOURCE           DESTINATION     PROTO  INFO  FATE',
      '    AGENT  RULE',
      '14:03:11.204518  10.0.0.2:51034   10.0.1.2:8443   tcp    SYN   DROPPED',
      '    web1  inet filter forward handle 12 "tcp dport 8443 drop"',
      '14:03:11.204518  [fd00::1]:51034  [fd00::2]:8443  tcp    SYN   ACCEPTED',
      '    web1  inet filter forward handle 12 "tcp dport 8443 drop"',
    ]);
  });

  it('breaks a long rule at its words, and cuts nothing of it', () => {
    const rule =
      'ip saddr { 10.0.0.0/8, 172.16.0.0/12 } tcp dport { 80, 443 } ct state new limit rate 15/minute drop';
    const lines = shown({ width: 72 }, [rowJson({ rule })]).slice(3);
    expect(lines.map((line) => line.trim()).join(' ')).toBe(`web1  inet filter forward handle 12 "${rule}"`);
    for (const line of lines) expect(line).toMatch(/^ {4}\S.{0,67}$/);
  });

  it('stays readable where the terminal is too narrow for anything', () => {
    const lines = shown({ width: 20 }, rows.slice(0, 1));
    expect(lines[0]).toBe('TIME             SOURCE          DESTINATION    FATE');
    const at = lines.findIndex((line) => line.startsWith('14:03'));
    expect(lines.slice(at)).toEqual([
      '14:03:11.204518  10.0.0.2:51034  10.0.1.2:8443  DROPPED',
      '    web1  tcp  SYN',
      '    inet filter',
      '    forward handle',
      '    12 "tcp dport',
      '    8443 drop"',
    ]);
  });

  it('shows an address without its name where both do not fit', () => {
    const names = createNames({ numeric: false });
    const row = rowJson({ ip_src: '2001:db8:1:2:3:4:5:6', ip_dst: '2001:db8:1:2:3:4:5:7', dport: 3389 });
    expect(shown({ width: 200, names }, [row])[1]).toContain(':7]:3389(ms-wbt-server) ');
    const narrow = shown({ width: 86, names }, [row]).join('\n');
    expect(narrow).toContain(':7]:3389 ');
  });

  it('leaves out on a terminal a column that has nothing in any row', () => {
    const row = rowJson({ oif: '' });
    expect(shown({ width: 200 }, [row])[0]).not.toContain('OUT');
    expect(shown({ width: 200 }, [row, rowJson()])[0]).toContain('OUT');
    expect(shown({ width: Infinity }, [row])[0]).toContain('OUT');
    expect(shown({ width: 200, chosen: 'ts,oif' }, [row])[0]).toContain('OUT');
  });

  it('aligns characters that take two cells', () => {
    const lines = shown({}, [
      rowJson({ agent_id: '日本' }),
      rowJson({ agent_id: '👍🏽' }),
      rowJson({ agent_id: 'e\u0301' }),
    ]);
    const starts = lines.map((line) => widthOf(line.slice(0, line.search(/IN |eth0/))));
    expect(starts).toEqual([24, 24, 24, 24]);
  });

  it('lets no row break out of its line, nor one name widen all', () => {
    const nasty = '\x1b[2J\x1b]0;x\x07\r\n\u202e\u2028\u200b';
    const row = rowJson({
      agent_id: nasty,
      chain: nasty,
      comment: nasty,
      rule: nasty,
      iif: 'x'.repeat(5000),
    });
    for (const width of [80, 200, Infinity]) {
      for (const wide of [false, true]) {
        const text = shown({ width, wide }, [rowJson(), row]).join('\n');
        expect(text).not.toMatch(/[^\n\P{Cc}]|[\u202e\u2028\u200b]/u);
        expect(text).toContain('\\x1b[2J\\x1b]0;x\\x07\\x0d\\x0a\\u202e\\u2028\\u200b');
        expect(text).not.toContain('x'.repeat(61));
      }
    }
  });

  it('shows the columns that are chosen', () => {
    expect(shown({ chosen: 'ts,ip_src,dport,ttl,fate' }, rows.slice(0, 1))).toEqual([
      'TIME             IP_SRC    DPORT  TTL  FATE',
      '14:03:11.204518  10.0.0.2   8443   63  DROPPED',
    ]);
    expect(shown({ chosen: '-agent,-in,-out,-info,-len,+ttl,+mark' }, rows.slice(0, 1))[0]).toBe(
      'TIME             SOURCE          DESTINATION    PROTO  FATE     TTL  MARK  RULE',
    );
    expect(() => table({ chosen: 'tll' })).toThrow('--columns: there is no column "tll"; did you mean ttl?');
  });

  it('shows more where it is wide, and cuts nothing', () => {
    const row = rowJson({ sg_src: 'clients', net_dst: 'dmz', ct_state: 'new' });
    const [head, line] = shown({ wide: true }, [row]);
    expect(head).toMatch(/^TIME +AGENT +NETNS +PACKET +IN +OUT +SOURCE +FROM +DESTINATION +TO +PROTO +INFO/);
    expect(line).toContain('9007199254740993');
    expect(line).toMatch(/10\.0\.0\.2:51034 +clients +10\.0\.1\.2:8443 +dmz .* new /);
    expect(shown({ wide: true, width: 80 }, [row])[1]).toBe('    RULE');
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

  it('repeats the header of a live table on a terminal, for the first has left the screen', () => {
    const heads = (width: number): number => {
      const formatter = table({ live: true, width });
      let text = '';
      for (let i = 0; i < 100; i++) text += formatter.rows([rowJson()]);
      return text.split('TIME').length - 1;
    };
    expect([heads(200), heads(Infinity)]).toEqual([3, 1]);
  });

  it('prints nothing for no rows', () => {
    expect(table().end()).toBe('');
  });
});
