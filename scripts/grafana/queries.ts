import { readFileSync } from 'node:fs';
import { type Dashboard, type Panel } from '@grafana/schema';
import { parse } from 'yaml';

/** A query, and where it stands. */
export interface FoundQuery {
  readonly from: string;
  readonly text: string;
}

export const dashboardFiles = ['traffic', 'drops', 'rules', 'fleet'].map(
  (name) => `deploy/grafana/${name}.json`,
);
export const rulesFile = 'deploy/prometheus/visor.rules.yml';

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
