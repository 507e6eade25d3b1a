import { type Panel } from '@grafana/schema';
import { describe, expect, it } from 'vitest';
import { dashboards } from './index.js';
import { exposedMetrics, misusedIn, missingFrom, promParts } from './promql.js';
import {
  dashboardFiles,
  panelQueries,
  panelsOf,
  promQueries,
  readDashboard,
  readRuleChecks,
  readRules,
  sqlQueries,
} from './queries.js';

const names = Object.keys(dashboards) as (keyof typeof dashboards)[];

describe('the dashboards', () => {
  it.each(names)('deploy/grafana has %s as it is made here (npm run goldens)', async (name) => {
    const text = `${JSON.stringify(dashboards[name], null, 2)}\n`;
    await expect(text).toMatchFileSnapshot(`../../deploy/grafana/${name}.json`);
  });

  it('are all looked at, each with queries of Prometheus and of ClickHouse', () => {
    expect(dashboardFiles).toEqual(names.map((name) => `deploy/grafana/${name}.json`));
    for (const file of dashboardFiles) {
      const types = panelsOf(readDashboard(file)).map(({ datasource }) => datasource?.type);
      expect([file, new Set(types)]).toEqual([
        file,
        new Set(['prometheus', 'grafana-clickhouse-datasource']),
      ]);
    }
  });

  it.each(names)('%s can be imported: ids, places and data sources fit together', (name) => {
    const made = dashboards[name];
    const panels = made.panels ?? [];
    expect(new Set(panels.map(({ id }) => id)).size).toBe(panels.length);
    const variables = made.templating?.list?.map((variable) => variable.name) ?? [];
    const cells = new Set<string>();
    for (const panel of panels) {
      const { x, y, w, h } = panel.gridPos ?? { x: -1, y: -1, w: 0, h: 0 };
      expect([panel.title, x >= 0 && w > 0 && x + w <= 24]).toEqual([panel.title, true]);
      for (let column = x; column < x + w; column++)
        for (let line = y; line < y + h; line++) {
          expect([panel.title, cells.has(`${column} ${line}`)]).toEqual([panel.title, false]);
          cells.add(`${column} ${line}`);
        }
      if (panel.type === 'row') continue;
      const { description = '', targets = [] } = panel as Panel;
      expect([panel.title, description.length > 0, targets.length > 0]).toEqual([panel.title, true, true]);
      const refs = targets.map((target: Record<string, unknown>) => target['refId']);
      expect(new Set(refs).size).toBe(refs.length);
      const used = [...JSON.stringify(panel).matchAll(/\$(?:\{(\w+)(?::\w+)?\}|(?!__)(\w+))/g)];
      for (const [, braced, plain] of used) expect(variables).toContain(braced ?? plain);
    }
  });
});

describe('the queries of Prometheus', () => {
  it.each(promQueries())('$from is PromQL over metrics of Visor', ({ text }) => {
    const { selectors } = promParts(text);
    expect(selectors.length).toBeGreaterThan(0);
    for (const { metric } of selectors) expect(metric).toMatch(/^(visor|process)_[a-z0-9_]+$|^up$/);
  });

  it.each(panelQueries())('$id is of the agents that are chosen, or of the hubs', ({ expr }) => {
    const ofAgents = promParts(expr).selectors.some(({ metric }) => /^visor_(?!hub_)/.test(metric));
    expect([expr, expr.includes('"$instance"')]).toEqual([expr, ofAgents]);
  });

  it('are refused where they are none', () => {
    expect(() => promParts('rate(x[5m)')).toThrow(/is not PromQL at "\)"/);
    expect(() => promParts('sum by (a) of x')).toThrow(/is not PromQL/);
  });

  it('are held against what an endpoint has: names, labels, and labels to group by', () => {
    const exposed = exposedMetrics(
      [
        '# TYPE visor_a_total counter',
        'visor_a_total{fate="x \\" {y}",b="c"} 3',
        '# TYPE visor_s histogram',
        'visor_s_bucket{le="0.1"} 1',
        '# TYPE visor_empty gauge',
      ].join('\n'),
    );
    const missing = (expr: string): string[] => missingFrom(exposed, expr);
    expect(missing('sum by (fate, instance) (rate(visor_a_total{b="c",job="j"}[5m]))')).toEqual([]);
    expect(missing('histogram_quantile(0.9, sum by (le) (rate(visor_s_bucket[$__rate_interval])))')).toEqual(
      [],
    );
    expect(missing('visor_empty > 0 and up == 1')).toEqual([]);
    expect(missing('visor_b_total + visor_a_total{d="e"}')).toEqual(['visor_b_total', 'visor_a_total{d}']);
    expect(missing('sum by (nobody) (visor_a_total)')).toEqual(['label nobody']);
  });

  it.each([
    [
      'sum(rate(c_total[5m])) / sum(increase(c_total[5m] offset 1h)) + histogram_quantile(1, rate(h_bucket[5m]))',
    ],
    ['max(g) > 3 and abs(deriv(g[5m])) > 1 and max_over_time(g[5m]) > 0 and up == 1'],
    ['rate(g[$__rate_interval])', 'rate of the gauge g'],
    ['increase((g)[5m:1m])', 'increase of the gauge g'],
    [
      'sum(c_total) > round(h_count)',
      'the counter c_total without rate or increase',
      'the histogram h_count without rate or increase',
    ],
    ['rate(max_over_time(c_total[1m])[5m:])', 'the counter c_total without rate or increase'],
  ])('take metrics for what they are: %s', (expr, ...faults) => {
    const types = new Map(Object.entries({ g: 'gauge', c_total: 'counter', h: 'histogram' }));
    expect(misusedIn(types, expr)).toEqual(faults);
  });
});

describe('the alert rules of Prometheus', () => {
  const rules = readRules();

  it.each(rules)('$alert is whole', (rule) => {
    expect(
      Object.keys(rule).filter((key) => !['alert', 'expr', 'for', 'labels', 'annotations'].includes(key)),
    ).toEqual([]);
    expect(rule.alert).toMatch(/^Visor[A-Z][A-Za-z]+$/);
    if (rule.for !== undefined) expect(rule.for).toMatch(/^\d+[smh]$/);
    expect(['info', 'warning', 'critical']).toContain(rule.labels['severity']);
    expect(Object.keys(rule.annotations).sort()).toEqual(['action', 'summary']);
  });

  it.each(rules)('$alert names in its texts only labels that it has then', ({ expr, annotations }) => {
    const { selectors, groupings } = promParts(expr);
    // What is aggregated has the labels it was grouped by; other vectors keep those of the metric and of the scrape.
    const kept =
      groupings.length > 0 ? groupings : ['instance', 'job', ...selectors.flatMap(({ labels }) => labels)];
    const own: Readonly<Record<string, readonly string[]>> = { visor_hub_webhook_failing: ['webhook'] };
    const known = new Set([...kept, ...selectors.flatMap(({ metric }) => own[metric] ?? [])]);
    const aggregated = /^\s*(min|max|sum)\(/.test(expr);
    for (const [, label = ''] of Object.values(annotations)
      .join(' ')
      .matchAll(/\$labels\.(\w+)/g)) {
      expect([label, known.has(label) && !aggregated]).toEqual([label, true]);
    }
  });

  it.each(rules)('$alert has a test in which it fires, and one in which it does not', ({ alert }) => {
    const checks = readRuleChecks().filter(({ alertname }) => alertname === alert);
    expect(new Set(checks.map(({ exp_alerts }) => exp_alerts.length > 0))).toEqual(new Set([true, false]));
  });

  it('have names of their own', () => {
    expect(new Set(rules.map(({ alert }) => alert)).size).toBe(rules.length);
  });
});

it('there are queries of ClickHouse to run', () => {
  expect(sqlQueries().length).toBeGreaterThan(15);
});
