import { describe, expect, it } from 'vitest';
import { mergeRules, parseRules } from './parse.js';
import { readyRules } from './ready.js';
import { T0 } from './testing/rows.js';

const parse = (text: string) => parseRules(text, 'rules.yaml', { now_us: T0 });
describe('parseRules', () => {
  it('reads a rule with all its keys', () => {
    const { rules, faults } = parse(
      `
alerts:
  - name: port-scan
    severity: critical
    description: text
    filter: "proto == tcp and fate == dropped"
    of: packets
    by: [agent-id, ip_src]
    when: { distinct: dport, above: 20, window: 10s }
    for: 1s
    cool-down: 1h30m
    resolve-after: 1.5m
    labels: { team: net, level: 3 }
    message: "{ip-src} {value}"`.replace('{ip-src}', '{ip_src}'),
    );
    expect(faults).toEqual([]);
    expect(rules).toEqual([
      expect.objectContaining({
        name: 'port-scan',
        severity: 'critical',
        of: 'packets',
        filterText: 'proto == tcp and fate == dropped',
        by: ['agent_id', 'ip_src'],
        when: { kind: 'distinct', column: 'dport', limit: { op: 'above', value: 20 }, window_us: 10e6 },
        for_us: 1e6,
        coolDown_us: 5400e6,
        resolveAfter_us: 90e6,
        labels: { team: 'net', level: '3' },
        file: 'rules.yaml',
        line: 3,
      }),
    ]);
    expect(rules[0]?.columns).toEqual([
      'ts',
      'sampling',
      'packet_id',
      'proto',
      'fate',
      'agent_id',
      'ip_src',
      'dport',
    ]);
  });

  it('has defaults', () => {
    const { rules } = parse('alerts: [{name: a, when: {every: true}}]');
    expect(rules[0]).toMatchObject({
      severity: 'warning',
      of: 'packets',
      filter: undefined,
      by: [],
      for_us: 0,
      coolDown_us: 300e6,
      resolveAfter_us: 30e6,
      message: '{rule}: a packet matches',
    });
  });

  it.each(['', 'alerts:', 'alerts: []', '# nothing'])('takes %j for no rules', (text) => {
    expect(parse(text)).toEqual({ rules: [], faults: [] });
  });

  it('leaves out the rules that are none; the others run', () => {
    const text = `
alerts:
  - { name: good, when: { every: true } }
  - { name: bad, filter: "fate = ", when: { every: true } }
  - { name: good2, when: { every: true } }
  - { name: good, when: { every: true } }`;
    const { rules, faults } = parse(text);
    expect(rules.map(({ name }) => name)).toEqual(['good', 'good2']);
    expect(faults.map(({ line, rule }) => [line, rule])).toEqual([
      [4, 'bad'],
      [6, 'good'],
    ]);
    expect(faults[1]?.reason).toContain('There is another rule "good" in rules.yaml, line 3');
  });

  it('uses ready rules, with any key of its own', () => {
    const { rules, faults } = parse(`
alerts:
  - ready: port-scan
  - ready: port-scan
    name: slow-scan
    severity: info
    when: { distinct: dport, above: 50, window: 1h }`);
    expect(faults).toEqual([]);
    expect(rules.map(({ name, severity, by, ready }) => [name, severity, by, ready])).toEqual([
      ['port-scan', 'warning', ['agent_id', 'ip_src'], 'port-scan'],
      ['slow-scan', 'info', ['agent_id', 'ip_src'], 'port-scan'],
    ]);
    expect(rules[1]?.when).toMatchObject({ window_us: 3600e6 });
  });

  it.each(readyRules.map(({ name }) => name))('the ready rule %s is one', (name) => {
    const { rules, faults } = parse(`alerts: [{ready: ${name}}]`);
    expect(faults).toEqual([]);
    expect(rules[0]).toMatchObject({ name, description: expect.stringMatching(/\.$/) as string });
  });

  it('reads a list that is deeper in a config file', () => {
    const text = 'server: 1\nhub:\n  rules:\n    - name: a\n      when: {every: true}\n  x: 2\n';
    const options = { path: ['hub', 'rules'], others: 'ignore' } as const;
    expect(parseRules(text, 'f', options).rules).toHaveLength(1);
    expect(parseRules('server: 1', 'f', options)).toEqual({ rules: [], faults: [] });
  });

  it('two files may not have rules of one name', () => {
    const [a, b] = ['a', 'b'].map((file) => parseRules('alerts: [{name: x, when: {every: true}}]', file));
    const { rules, faults } = mergeRules([a, b].filter((one) => one !== undefined));
    expect(rules).toHaveLength(1);
    expect(faults).toEqual([expect.objectContaining({ file: 'b', line: 1 })]);
  });
});
