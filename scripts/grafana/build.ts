import { type Dashboard, type Panel, type VariableModel } from '@grafana/schema';

/** Units of Grafana that are used here: https://grafana.com/docs/grafana/latest/panels-visualizations/configure-standard-options/ */
type Unit = 'short' | 'pps' | 'bps' | 'bytes' | 's' | 'percentunit' | 'ops' | 'dateTimeFromNow' | 'none';

/** A query of Prometheus and what its lines are called, with labels as `{{fate}}`. */
export interface PromQuery {
  readonly expr: string;
  readonly legend?: string;
  /** The values of now, for a table or a single number */
  readonly instant?: boolean;
}

/** A query of ClickHouse: a column `time` makes lines of it, else it is a table. */
export interface SqlQuery {
  readonly sql: string;
}

export interface PanelOptions {
  readonly title: string;
  /** What it shows and what to do about it */
  readonly description: string;
  readonly unit?: Unit;
  /** Of 24 */
  readonly width?: number;
  readonly height?: number;
  readonly stack?: boolean;
  /** A single number is red from there on. */
  readonly redFrom?: number;
}

export const prometheus = { type: 'prometheus', uid: '${prometheus}' } as const;
export const clickhouse = { type: 'grafana-clickhouse-datasource', uid: '${clickhouse}' } as const;

const promTarget = ({ expr, legend = '', instant = false }: PromQuery, at: number) => ({
  refId: String.fromCharCode(65 + at),
  datasource: prometheus,
  expr,
  legendFormat: legend === '' ? '__auto' : legend,
  range: !instant,
  instant,
  ...(instant && { format: 'table' }),
});

const sqlTarget = ({ sql }: SqlQuery, form: 'timeseries' | 'table') => ({
  refId: 'A',
  datasource: clickhouse,
  editorType: 'sql',
  queryType: form,
  format: form === 'timeseries' ? 0 : 1,
  rawSql: sql,
});

type Datasource = typeof prometheus | typeof clickhouse;
type Targets = readonly Record<string, unknown>[];

function panel(
  type: string,
  datasource: Datasource,
  targets: Targets,
  options: PanelOptions,
  more: Partial<Panel> = {},
): Panel {
  const { title, description, unit = 'short', width = 12, height = 8, stack = false, redFrom } = options;
  const steps = [
    { color: 'green', value: null },
    ...(redFrom === undefined ? [] : [{ color: 'red', value: redFrom }]),
  ];
  return {
    type,
    title,
    description,
    datasource,
    targets: [...targets],
    gridPos: { w: width, h: height, x: 0, y: 0 },
    fieldConfig: {
      defaults: {
        unit,
        thresholds: { mode: 'absolute' as never, steps },
        ...(type === 'timeseries' && {
          custom: { fillOpacity: stack ? 40 : 5, stacking: { mode: stack ? 'normal' : 'none' } },
        }),
      },
      overrides: [],
    },
    ...more,
  };
}

/** Lines over time from Prometheus. */
export const lines = (options: PanelOptions, ...queries: readonly PromQuery[]): Panel =>
  panel('timeseries', prometheus, queries.map(promTarget), options);

/** One number of now from Prometheus. */
export const number = (options: PanelOptions, query: PromQuery): Panel =>
  panel(
    'stat',
    prometheus,
    [promTarget({ ...query, instant: true }, 0)],
    { width: 4, height: 4, ...options },
    {
      options: {
        reduceOptions: { calcs: ['lastNotNull'], fields: '', values: false },
        colorMode: 'background',
      },
    },
  );

/** A table of now from Prometheus. */
export const promTable = (options: PanelOptions, ...queries: readonly PromQuery[]): Panel =>
  panel(
    'table',
    prometheus,
    queries.map((query, at) => promTarget({ ...query, instant: true }, at)),
    options,
    {
      transformations: [{ id: 'merge', options: {} }],
    },
  );

/** Lines over time from ClickHouse. */
export const sqlLines = (options: PanelOptions, query: SqlQuery): Panel =>
  panel('timeseries', clickhouse, [sqlTarget(query, 'timeseries')], options);

/** A table from ClickHouse. */
export const sqlTable = (options: PanelOptions, query: SqlQuery): Panel =>
  panel('table', clickhouse, [sqlTarget(query, 'table')], options);

const datasource = (name: string, type: string, label: string): VariableModel => ({
  type: 'datasource',
  name,
  label,
  query: type,
});

/** Agents by the address at which Prometheus asks them, and by their names in ClickHouse. */
const variables: VariableModel[] = [
  datasource('prometheus', prometheus.type, 'Prometheus'),
  datasource('clickhouse', clickhouse.type, 'ClickHouse'),
  {
    type: 'query',
    name: 'instance',
    label: 'Agent (Prometheus)',
    datasource: prometheus,
    query: { query: 'label_values(visor_agent_build_info, instance)', refId: 'instance' },
    refresh: 2,
    multi: true,
    includeAll: true,
    allValue: '.*',
  },
  {
    type: 'query',
    name: 'agent',
    label: 'Agent (ClickHouse)',
    datasource: clickhouse,
    query: 'SELECT DISTINCT agent_id FROM flows_1m WHERE minute >= now() - INTERVAL 7 DAY ORDER BY agent_id',
    refresh: 2,
    multi: true,
    includeAll: true,
  },
];

export interface DashboardOptions {
  /** The end of its uid and file name: `traffic` */
  readonly name: string;
  readonly title: string;
  readonly description: string;
  /** Panels under headings */
  readonly rows: readonly { readonly title: string; readonly panels: readonly Panel[] }[];
}

const columns = 24;

/** @returns a dashboard with its panels one beside the other, from left to right and from top to bottom */
export function dashboard({ name, title, description, rows }: DashboardOptions): Dashboard {
  const panels: NonNullable<Dashboard['panels']> = [];
  let y = 0;
  for (const row of rows) {
    panels.push({
      type: 'row',
      id: panels.length + 1,
      title: row.title,
      collapsed: false,
      gridPos: { x: 0, y, w: columns, h: 1 },
      panels: [],
    });
    y++;
    let x = 0;
    let lowest = y;
    for (const one of row.panels) {
      const { w, h } = one.gridPos ?? { w: columns, h: 8 };
      if (x + w > columns) [x, y] = [0, lowest];
      panels.push({ ...one, id: panels.length + 1, gridPos: { x, y, w, h } });
      x += w;
      lowest = Math.max(lowest, y + h);
    }
    y = lowest;
  }
  return {
    uid: `visor-${name}`,
    title,
    description,
    tags: ['visor'],
    schemaVersion: 39,
    editable: true,
    refresh: '30s',
    time: { from: 'now-1h', to: 'now' },
    timezone: 'browser',
    graphTooltip: 1,
    links: [],
    annotations: { list: [] },
    templating: { list: variables },
    panels,
  };
}
