import { readFileSync } from 'node:fs';
import { basename } from 'node:path';
import { type Dashboard, type Panel } from '@grafana/schema';
import { parse } from 'yaml';

/** A query, and where it stands. */
export interface FoundQuery {
  readonly from: string;
  readonly text: string;
}

/** A query of Prometheus as a panel has it. */
export interface PanelQuery {
  /** `traffic "Packets" A`: dashboard, panel and query of it */
  readonly id: string;
  /** `traffic "Packets"` */
  readonly panel: string;
  readonly kind: 'timeseries' | 'stat' | 'table';
  readonly expr: string;
  /** What its lines are called, with labels as `{{fate}}`; empty = Grafana's choice */
  readonly legend: string;
  /** Whether it asks for the values of now alone */
  readonly instant: boolean;
}

export const dashboardFiles = ['traffic', 'drops', 'rules', 'fleet'].map(
  (name) => `deploy/grafana/${name}.json`,
);
export const rulesFile = 'deploy/prometheus/visor.rules.yml';

export const ruleTestsFile = 'deploy/prometheus/visor.rules.test.yml';

export interface PromRule {
  readonly alert: string;
  readonly expr: string;
  readonly for?: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly annotations: Readonly<Record<string, string>>;
}

export const readDashboard = (file: string): Dashboard => JSON.parse(readFileSync(file, 'utf8')) as Dashboard;

export function readRules(): PromRule[] {
  const document = parse(readFileSync(rulesFile, 'utf8')) as { groups: { rules: PromRule[] }[] };
  return document.groups.flatMap(({ rules }) => rules);
}

/** A test of an alert rule at one time: what has to fire then. */
export interface RuleCheck {
  readonly alertname: string;
  readonly exp_alerts: readonly unknown[];
}

/** @returns the checks of the tests that promtool runs over the alert rules */
export function readRuleChecks(): RuleCheck[] {
  const document = parse(readFileSync(ruleTestsFile, 'utf8')) as {
    tests: { alert_rule_test: RuleCheck[] }[];
  };
  return document.tests.flatMap((test) => test.alert_rule_test);
}

/** @returns the panels of a dashboard that ask something, without the headings between them */
export const panelsOf = (dashboard: Dashboard): Panel[] =>
  (dashboard.panels ?? []).filter((panel): panel is Panel => panel.type !== 'row');

function queriesOf(key: 'expr' | 'rawSql'): FoundQuery[] {
  return dashboardFiles.flatMap((file) =>
    panelsOf(readDashboard(file)).flatMap(({ title = '', targets = [] }) =>
      targets
        .filter((target) => typeof target[key] === 'string')
        .map((target) => ({ from: `${file} "${title}"`, text: target[key] as string })),
    ),
  );
}

/** @returns every PromQL query of the dashboards */
export function panelQueries(): PanelQuery[] {
  return dashboardFiles.flatMap((file) =>
    panelsOf(readDashboard(file)).flatMap(({ title = '', type, targets = [] }) =>
      targets
        .filter(({ expr }) => typeof expr === 'string')
        .map(({ expr, refId, legendFormat, instant }) => ({
          id: `${basename(file, '.json')} "${title}" ${String(refId)}`,
          panel: `${basename(file, '.json')} "${title}"`,
          kind: type as PanelQuery['kind'],
          expr: expr as string,
          legend: legendFormat === '__auto' ? '' : (legendFormat as string),
          instant: instant === true,
        })),
    ),
  );
}

/** @returns the queries by which the dashboards list values for their variables: `label_values(metric, label)` */
export function variableQueries(): FoundQuery[] {
  return dashboardFiles.flatMap((file) =>
    (readDashboard(file).templating?.list ?? [])
      .filter(({ type, datasource }) => type === 'query' && datasource?.type === 'prometheus')
      .map(({ name, query }) => ({
        from: `${file} variable ${name}`,
        text: (query as { query: string }).query,
      })),
  );
}

/** @returns every PromQL query of the dashboards and of the alert rules */
export const promQueries = (): FoundQuery[] => [
  ...queriesOf('expr'),
  ...readRules().map(({ alert, expr }) => ({ from: `${rulesFile} ${alert}`, text: expr })),
];

/** @returns every query of ClickHouse: of panels, and of the variable that lists the agents */
export function sqlQueries(): FoundQuery[] {
  const variables = dashboardFiles.flatMap((file) =>
    (readDashboard(file).templating?.list ?? [])
      .filter(
        ({ query, datasource }) => typeof query === 'string' && datasource?.type?.includes('clickhouse'),
      )
      .map(({ name, query }) => ({ from: `${file} variable ${name}`, text: query as string })),
  );
  return [...queriesOf('rawSql'), ...variables];
}
