import { expect, describe, it } from 'vitest';
import { parseRules } from './parse.js';
import { T0 } from './testing/rows.js';

const parse = (text: string) => parseRules(text, 'rules.yaml', { now_us: T0 });
/** `line:column reason` of each fault */
const faultsOf = (text: string): string[] =>
  parse(text).faults.map(({ line, column, reason }) => `${line}:${column} ${reason}`);

/** Of a rule whose keys these are; the first of them is on line 3. */
const of = (keys: string): string => `alerts:\n  - name: x\n${keys.replace(/^/gm, '    ')}`;

describe('a fault names its place and what to do', () => {
  it.each([
    ['no YAML', 'alerts: [', /^1:\d+ This is no YAML/],
    ['a tab', 'alerts:\n\t- name: x', /^2:\d+ This is no YAML/],
    ['another key', 'alert:\n  - name: x', '1:1 The file has an unknown key "alert"; use alerts.'],
    [
      'no list',
      'alerts: {name: x}',
      '1:9 alerts is no list of rules; begin each with "- name:" or "- ready:".',
    ],
    [
      'no map',
      'alerts:\n  - x',
      '2:5 A rule is no map of keys and values; use name, ready, severity, filter …'.replace(
        'severity, filter',
        'severity, description',
      ),
    ],
    [
      'no name',
      'alerts:\n  - when: {every: true}',
      '2:5 A rule has no name; begin it with "- name:" or "- ready:".',
    ],
    [
      'no such ready rule',
      'alerts:\n  - ready: portscan',
      '2:12 There is no ready rule "portscan"; use port-scan.',
    ],
    [
      'a name with a dot',
      'alerts:\n  - name: a.b\n    when: {every: true}',
      '2:11 The name "a.b" is not made of 1 to 64 letters, digits, - and _, a letter or digit first.',
    ],
    [
      'a mistyped key',
      of('when: {every: true}\nfliter: x'),
      '4:5 A rule has an unknown key "fliter"; use filter.',
    ],
    [
      'a severity',
      of('when: {every: true}\nseverity: criticl'),
      '4:15 severity "criticl" is not known; use critical.',
    ],
    [
      'a source',
      of('when: {every: true}\nof: rows'),
      /^4:9 of "rows" is not known; the known ones are packets/,
    ],
    [
      'a filter',
      of('when: {every: true}\nfilter: fate == droped'),
      /^4:21 filter, line 1, column 9: fate "droped" is/,
    ],
    [
      'a quoted filter',
      of('when: {every: true}\nfilter: "dprt == 80"'),
      /^4:14 filter.*"dprt" is no column; use dport/,
    ],
    [
      'a filter of several lines',
      of('when: {every: true}\nfilter: >-\n  fate == dropped\n  and dprt == 1'),
      /^4:13 filter, line 1, column 21: "dprt" is no column/,
    ],
    ['a group column', of('when: {every: true}\nby: [agent]'), /^4:9 by "agent" is no column/],
    ['no condition', of('severity: info'), /^2:5 The rule has no "when"; use one of every, count/],
    ['an empty condition', of('when: {}'), /^3:11 when has no condition; use one of every/],
    ['two conditions', of('when: {every: true, count: true}'), /^3:11 when has every and count; use one of/],
    [
      'no window',
      of('when: {count: true, above: 3}'),
      '3:11 when has no window; use for instance window: 1m.',
    ],
    [
      'no limit',
      of('when: {count: true, window: 1m}'),
      '3:11 when has no limit; use above: or below: with a number.',
    ],
    [
      'two limits',
      of('when: {count: true, window: 1m, above: 1, below: 2}'),
      /^3:11 when has both above and below/,
    ],
    [
      'a limit that is none',
      of('when: {count: true, window: 1m, above: many}'),
      '3:44 when: above "many" is no number from 0 to 1000000000000000.',
    ],
    [
      'a share above 1',
      of('when: {share: fate == dropped, window: 1m, above: 20}'),
      /^3:55 when: above "20" is no number from 0 to 1/,
    ],
    [
      'a window without unit',
      of('when: {count: true, window: 10, above: 1}'),
      /^3:33 window "10" is no duration from 1s to 7d; use a number with/,
    ],
    [
      'a window that is too long',
      of('when: {count: true, window: 8d, above: 1}'),
      /^3:33 window "8d" is no duration from 1s to 7d/,
    ],
    [
      'a key of another condition',
      of('when: {absent: true, window: 1m, above: 3}'),
      '3:45 when: above does not go with absent; the known ones are window.',
    ],
    ['every: false', of('when: {every: false}'), '3:19 when: every is only ever true.'],
    [
      'what is counted',
      of('when: {count: rows, above: 1, window: 1m}'),
      '3:19 when: count "rows" is not known; use packets or bytes.',
    ],
    [
      'a distinct column',
      of('when: {distinct: dprt, above: 1, window: 1m}'),
      '3:22 distinct "dprt" is no column; use dport.',
    ],
    ['new without columns', of('when: {new: []}'), /^3:17 when: new names no column/],
    [
      'a deviation that is none',
      of('when: {deviation: {factor: 1}, window: 5m}'),
      /^3:32 deviation: factor 1 is no deviation/,
    ],
    ['a deviation without factor', of('when: {deviation: {}, window: 5m}'), /^3:23 deviation has no factor/],
    ['for of an instant', of('when: {every: true}\nfor: 1m'), /^4:10 A rule: for does not go with every/],
    [
      'a mistyped field',
      of('when: {every: true}\nby: [ip_src]\nmessage: "from {ip_scr}"'),
      '5:20 message names {ip_scr}, which is not known; use ip_src.',
    ],
    [
      'a column that is no group',
      of('when: {every: true}\nmessage: "{dport}"'),
      /^4:15 message names \{dport\}, which is no column of by; the known ones are value/,
    ],
    [
      'a label that is not there',
      of('when: {every: true}\nmessage: "{labels.x}"'),
      /^4:15 message names \{labels.x\}/,
    ],
    [
      'a single brace',
      of('when: {every: true}\nmessage: "a { b"'),
      '4:17 message has a single "{"; write "{{" for a brace.',
    ],
    ['a label name', of('when: {every: true}\nlabels: {a-b: c}'), /^4:13 The label "a-b" is not made of/],
    ['labels that are none', of('when: {every: true}\nlabels: [a]'), /^4:13 labels is no map/],
    [
      'a filter of what has no rows',
      of('of: agents\nwhen: {every: true}\nfilter: dport == 1'),
      /^5:13 filter asks for dport, which agents do not have; use agent_id/,
    ],
    [
      'a group of what has no rows',
      of('of: rulesets\nwhen: {every: true}\nby: [chain]'),
      /^5:9 by "chain" is nothing that rulesets have; use agent_id/,
    ],
    [
      'a condition of what has no rows',
      of('of: agents\nwhen: {distinct: agent_id, above: 1, window: 1m}'),
      /^4:22 when: distinct does not go with "of: agents"/,
    ],
    [
      'bytes of what has no rows',
      of('of: losses\nwhen: {count: bytes, above: 1, window: 1m}'),
      /^4:19 when: losses have no bytes; use count: true/,
    ],
  ] as const)('%s', (_name, text, fault) => {
    const [first, ...more] = faultsOf(text);
    expect(first).toMatch(typeof fault === 'string' ? new RegExp(`^${escape(fault)}$`) : fault);
    expect(more).toEqual([]);
  });

  it('of a ready rule that does not go with what overrides it', () => {
    expect(faultsOf('alerts:\n  - ready: port-scan\n    by: [agent_id]')[0]).toMatch(
      /^2:5 message names \{ip_src\}, which is no column of by/,
    );
    expect(
      faultsOf('alerts:\n  - ready: port-scan\n    of: agents').every((fault) => fault.startsWith('2:5 ')),
    ).toBe(true);
  });

  it('once where a second filter is wrong, or empty', () => {
    const shares = ['fate == droped', ' '].map((part) =>
      faultsOf(of(`when: { share: '${part}', window: 1m, above: 0.5 }`)),
    );
    expect(shares).toEqual([
      [expect.stringMatching(/share, line 1, column 9: fate "droped" is not one of its values/)],
      [expect.stringMatching(/when: share is no filter of the part that counts\.$/)],
    ]);
  });

  it('whatever the text is', () => {
    for (const text of [
      '- 1',
      '"x"',
      '1',
      'alerts: 3',
      'alerts: [[]]',
      'alerts: [null]',
      '*a',
      'alerts: *a',
      '%',
      '\0',
      '{',
      'a: &x [*x]',
    ])
      expect(parse(text).rules).toEqual([]);
  });
});

const escape = (text: string): string => text.replace(/[\\^$.*+?()[\]{}|/]/g, '\\$&');
