import { expect, it } from 'vitest';
import { lintMetrics } from './lint-metrics.js';

const scrape = (name: string, type = 'gauge', help = 'What it is', labels = ''): string =>
  `# HELP ${name} ${help}\n# TYPE ${name} ${type}\n${name}${labels} 1\n`;

it.each([
  ['visor_a_rows', 'gauge', 'What', ''],
  ['visor_a_rows_total', 'counter', 'What', '{cause="a b",proto="x,le=\\"1"}'],
  ['visor_a_wait_seconds', 'histogram', 'What', ''],
  ['visor_a_received_bytes', 'gauge', 'What', ''],
])('takes %s (%s)', (name, type, help, labels) => {
  expect(lintMetrics(scrape(name, type, help, labels))).toEqual([]);
});

it.each([
  ['visor_aRows', 'gauge', 'What', '', 'has characters other than a-z, 0-9 and _'],
  ['visor_rows', 'gauge', '', '', 'has no help'],
  ['visor_rows', 'counter', 'What', '', 'is a counter and does not end in _total'],
  ['visor_rows_total', 'gauge', 'What', '', 'is no counter and ends in _total'],
  ['visor_rows_count', 'gauge', 'What', '', 'ends as the parts of a histogram do'],
  ['visor_rows', 'gauge', 'What', '{le="1"}', 'has the label le of histograms'],
  ['visor_rows', 'gauge', 'What', '{quantile="1"}', 'has the label quantile of summaries'],
  ['visor_rows', 'gauge', 'What', '{agentId="1"}', 'has a label that is not in snake_case'],
  ['visor_gauge_rows', 'gauge', 'What', '', 'has its type in its name'],
  ['visor_wait_sec', 'gauge', 'What', '', 'abbreviates a unit'],
  ['visor_wait_milliseconds', 'gauge', 'What', '', 'should be in seconds, not milliseconds'],
  ['visor_size_mib', 'gauge', 'What', '', 'should be in bytes, not mib'],
])('finds what is wrong with %s (%s, %j, %s)', (name, type, help, labels, fault) => {
  expect(lintMetrics(scrape(name, type, help, labels))).toEqual([`${name} ${fault}`]);
});

it('looks at the families that it is asked for, and at each', () => {
  expect(lintMetrics(scrape('nodejs_version_total'))).toEqual([]);
  expect(lintMetrics(scrape('visor_one_total') + scrape('visor_two_total'))).toHaveLength(2);
  expect(() => lintMetrics('visor_a 1\n')).toThrow('a sample without a description: visor_a 1');
});
