import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { matchesAlert, parseAlertMatcher, parseAlertMatchers, showAlertMatcher } from './index.js';

const alert = {
  rule: 'port-scan',
  severity: 'warning' as const,
  group: { ip_src: '10.0.0.1', chain: 'a=b' },
  labels: { team: 'net', 'odd name': 'x' },
};

describe('a matcher', () => {
  it.each<[string, boolean]>([
    ['rule=port-scan', true],
    ['rule=port', false],
    ['rule=port*', true],
    ['rule=*s*n', true],
    ['rule=*port-scan*', true],
    ['rule=port-scan*scan', false],
    ['rule!=host-sweep', true],
    ['rule!=host-sweep,port-*', false],
    ['severity=critical,warning', true],
    ['ip-src=10.0.0.1', true],
    ['IP_SRC == 10.0.0.1', true],
    ['ip_src=10.0.0.', false],
    ['chain=a=b', true],
    ['dport=22', false],
    ['dport=*', false],
    ['dport!=22', true],
    ['labels.team=net', true],
    ['labels.team!=net', false],
    ['labels.odd name=x', true],
    ['labels.toString=*', false],
    ['hasownproperty=*', false],
    ['rule=', false],
  ])('%s: %s', (text, expected) => {
    expect(matchesAlert([parseAlertMatcher(text)], alert)).toBe(expected);
  });

  it('is joined to others by and; none matches all', () => {
    expect(matchesAlert(parseAlertMatchers(['rule=port*', 'ip_src=10.*']), alert)).toBe(true);
    expect(matchesAlert(parseAlertMatchers(['rule=port*', 'ip_src=11.*']), alert)).toBe(false);
    expect(matchesAlert([], alert)).toBe(true);
  });

  it.each(['', 'rule', '=x', 'a b=1', '1x=2', 'labels.=x', `rule=${'x'.repeat(5000)}`])(
    'is not %j',
    (text) => {
      expect(() => parseAlertMatcher(text)).toThrow(/is no matcher; one is FIELD=VALUE/);
    },
  );

  it('is bounded', () => {
    expect(() => parseAlertMatcher(`rule=${'x,'.repeat(200)}`)).toThrow('has 201 values; use at most 100');
    expect(() => parseAlertMatchers(Array<string>(33).fill('rule=x'))).toThrow('33 matchers are too many');
  });

  it('is written as it is read', () => {
    for (const text of ['rule!=a,b*', 'labels.team=net', 'ip_src=10.0.0.1'])
      expect(showAlertMatcher(parseAlertMatcher(text))).toBe(text);
  });

  it('with stars matches as the pattern that they mean', () => {
    const texts = fc.string({ unit: fc.constantFrom('a', 'b', '*'), maxLength: 8 });
    fc.assert(
      fc.property(texts, texts, (glob, text) => {
        const value = text.replaceAll('*', '');
        const pattern = new RegExp(`^${glob.replaceAll('*', '.*')}$`);
        const group = { dport: value };
        const matcher = { field: 'dport', values: [glob], not: false };
        expect(matchesAlert([matcher], { ...alert, group })).toBe(pattern.test(value));
      }),
    );
  });
});
