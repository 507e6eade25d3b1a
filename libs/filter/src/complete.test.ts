import { columns, flagName } from '#columns';
import { describe, expect, it } from 'vitest';
import { complete, type Completion } from './complete.js';
import { sideNames, sides } from './names.js';
import { parseFilter } from './parse.js';

/** `|` is the cursor. */
function at(text: string): Completion {
  const cursor = text.indexOf('|');
  return complete(text.slice(0, cursor) + text.slice(cursor + 1), cursor);
}

const texts = (text: string): string => at(text).items.map((item) => item.text).join(' '); // prettier-ignore

const all = [...columns.map(({ name }) => flagName(name)), ...sideNames].join(' ');
const fates = 'accepted dropped rejected queued stolen unknown';
const equality = '== != in not in';

describe('complete', () => {
  it.each([
    ['|', `${all} not (`],
    ['  # all of it\n |', `${all} not (`],
    ['dp|', 'dport'],
    ['IP_S|', 'ip-src'],
    ['ip-s|rc == 1', 'ip-src'],
    ['dport == 1 and ip|', 'ip-src ip-dst ip-ident ip'],
    ['not (dpo|', 'dport'],
    ['dport |', `${equality} < <= > >= and or`],
    ['decisive |', `${equality} and or`],
    ['tcp-flags |', `${equality} contains not contains and or`],
    ['sg |', `${equality} < <= > >= ~ !~ contains not contains and or`],
    ['dport !|', '!='],
    ['dport <|', '< <='],
    ['chain no|', 'not in not contains'],
    ['chain not |', 'not in not contains'],
    ['chain NOT c|', 'not contains'],
    ['fate == |', fates],
    ['fate==|', fates],
    ['fate != D|', 'dropped'],
    ['fate == dr|op and x', 'dropped'],
    ['fate in |', `${fates} (`],
    ['fate in (dropped, |', `${fates} (`],
    ['fate in (dropped, re|)', 'rejected'],
    ['fate in (dropped |', ') ,'],
    ['fate == "dr|', '"dropped"'],
    ["fate == 'dr|'", '"dropped"'],
    ['family in (i|', 'ip ip6 inet'],
    ['tcp-flags contains |', 'FIN SYN RST PSH ACK URG ECE CWR'],
    ['tcp-flags contains SYN,a|', 'ACK'],
    ['443 == dpo|', 'dport'],
    ['chain == `a\\` and dpo|', 'dport'],
    ['chain == "a\\" and dpo|', ''],
    ['"input" == ch|', 'chain'],
    ['443 == decis|', ''],
    ['"true" == decis|', 'decisive'],
    ['1 < decis|', ''],
    ['1 < ts|', ''],
    ['70000 == spo|', ''],
    ['70000 == le|', 'len'],
    ['1 in dpo|', ''],
    ['80 <= dport <= spo|', ''],
    ['chain == input, |', ''],
    ['(chain == input), |', ''],
    ['decisive == |', 'true false'],
    ['proto == t|', 'tcp'],
    ['ts > |', '5m 15m 1h 1d'],
    ['dport == 80 |', 'and or'],
    ['dport == 80 a|', 'and'],
    ['(dport == 80 |', 'and or )'],
    ['dport == 80 /* so */ |', 'and or'],
    ['chain ~ |', ''],
    ['dport == |', ''],
    ['x y |', ''],
    ['dport == 80) |', ''],
    ['(true |', 'and or )'],
    ['(443 |', ''],
    ['dport == 80 or ("input" |', ''],
    ['(80-443 |', ''],
    ['dport == 80 # |', ''],
    ['/* |', ''],
    ['// |', ''],
  ])('%j goes on with %j', (text, expected) => {
    expect(texts(text)).toBe(expected);
  });

  it.each([
    ['tcp-flags == SYN|a', 17, 18, 'ACK'],
    ['tcp-flags in (FIN, SYN|', 23, 23, 'FIN SYN RST PSH ACK URG ECE CWR'],
    ['tcp-flags == "SYN"|a', 20, 20, ''],
    ['tcp-flags == SYN/* so */|a', 26, 26, ''],
    ['tcp-flags == SYN||a', 18, 19, 'agent-id asn-src asn-dst asn'],
    ['chain == a|', 11, 11, ''],
  ])('flags joined by |: %j', (text, from, to, expected) => {
    const { items, ...place } = complete(text, text.length);
    expect([place.from, place.to, items.map((item) => item.text).join(' ')]).toEqual([from, to, expected]);
  });

  it.each<[string, readonly string[], boolean, string]>([
    ['dport == 8|', ['dport'], false, '8'],
    ['chain == in|', ['chain'], true, 'in'],
    ['chain == "in p|ut"', ['chain'], true, 'in p'],
    ['chain in ("a\\"b", "a\\"|', ['chain'], true, 'a"'],
    ['sg != w|', ['sg_src', 'sg_dst'], true, 'w'],
    ['ip in (10.0.0.1, |', ['ip_src', 'ip_dst'], false, ''],
    ['rule contains |', ['rule'], true, ''],
  ])('%j asks for known values', (text, names, quoted, prefix) => {
    expect(at(text)).toMatchObject({ prefix, values: { columns: names, names: quoted } });
  });

  it.each(['chain ~ |', 'fate == |', 'proto == |', 'dport |', 'nothing == |', 'dport == 80 |'])(
    '%j asks for none',
    (text) => {
      expect(at(text).values).toBeUndefined();
    },
  );

  it.each([
    ['ip-s|rc == 1', [0, 6]],
    ['fate == dr|op and x', [8, 12]],
    ['chain == "in|put" and x', [9, 16]],
    ['chain == "in|', [9, 12]],
    ['dport !| 80', [6, 7]],
    ['chain not i|', [6, 11]],
    ['dport |', [6, 6]],
  ])('%j replaces %j', (text, [from, to]) => {
    expect(at(text)).toMatchObject({ from, to });
  });

  it('takes a cursor beyond the ends', () => {
    expect(complete('dp', 99).items).toHaveLength(1);
    expect(complete('dp', -1).items.length).toBeGreaterThan(columns.length);
    expect(complete('x'.repeat(100_000), 100_000).items).toEqual([]);
    expect(complete('('.repeat(1000), 1000).items).toEqual([]);
  });

  // What grows with the square of the length would take minutes here.
  it.each(['=', '<='])('takes no longer for many of %j', (signs) => {
    const text = `${signs.repeat(500_000)}x`;
    expect(complete(text, text.length).items).toEqual([]);
  });

  it('proposes only what the language takes', () => {
    const value = {
      timestamp: '1h',
      ip: '10.0.0.1',
      mac: '00:00:00:00:00:01',
      bool: 'true',
      enum: '',
      flags: '',
      name: 'x',
    };
    for (const { text } of complete('', 0).items.filter((item) => item.kind === 'column')) {
      const side = Object.entries(sides).find(([name]) => name === text)?.[1].columns[0];
      const column = columns.find(({ name }) => flagName(name) === text || name === side);
      for (const operator of complete(`${text} `, text.length + 1).items) {
        if (operator.kind !== 'operator') continue;
        const before = `${text} ${operator.text} `;
        const proposed = complete(before, before.length).items.find((item) => item.kind === 'value')?.text;
        const known = (value as Record<string, string>)[column?.kind ?? 'name'] ?? '1';
        expect(() => parseFilter(before + (proposed ?? (known || 'x'))), before).not.toThrow();
      }
    }
  });
});
