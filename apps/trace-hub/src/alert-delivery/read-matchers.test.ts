import { expect, it } from 'vitest';
import { readMatchers } from './read-matchers.js';

it.each([
  'rule=no-such-rule',
  'severity=warning,crit*',
  'labels.any thing!=x',
  'ip-src!=10.0.0.1',
  'cause=overrun',
  'TABLE=filter',
])('takes %s', (text) => {
  expect(readMatchers([text])).toHaveLength(1);
});

it.each([
  [
    'ip-scr!=10.0.0.1',
    'no alert has "ip_scr"; use rule, severity, labels.NAME or a column of the group, such as ip-src',
  ],
  ['qqqqqqqq=1', 'no alert has "qqqqqqqq"; use rule, severity, labels.NAME or a column of the group'],
  ['severity=fatal', 'severity "fatal" is not known; use info, warning, critical'],
  ['x', '"x" is no matcher; one is FIELD=VALUE'],
])('refuses %s', (text, why) => {
  expect(() => readMatchers(['rule=a', text])).toThrow(why);
});
