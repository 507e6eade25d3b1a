/** Imports go down only: which sibling libs each lib and app may use. `npm run check:imports` holds the tree to it. */
const allowed = {
  columns: [],
  netlink: [],
  bus: [],
  spool: [],
  'app-kit': [],
  nftrace: ['netlink', 'columns'],
  ruleset: ['netlink'],
  recording: ['netlink', 'ruleset'],
  sgroups: ['columns'],
  filter: ['columns'],
  wire: ['columns'],
  clickhouse: ['columns', 'filter'],
  'api-client': [],
  alerts: ['columns', 'filter'],
};

const libRules = Object.entries(allowed).map(([lib, siblings]) => ({
  name: `lib-${lib}`,
  comment: siblings.length
    ? `libs/${lib} may import only ${siblings.join(', ')}`
    : `libs/${lib} imports no sibling`,
  severity: 'error',
  from: { path: `^libs/${lib}/` },
  to: { path: '^(libs|apps|e2e)/', pathNot: `^libs/(${[lib, ...siblings].join('|')})/` },
}));

const appRule = (app, pathNot, comment) => ({
  name: `app-${app}`,
  comment,
  severity: 'error',
  from: { path: `^apps/${app}/` },
  to: { path: '^(libs|apps)/', pathNot },
});

module.exports = {
  forbidden: [
    { name: 'no-circular', severity: 'error', from: {}, to: { circular: true } },
    { name: 'no-unresolvable', severity: 'error', from: {}, to: { couldNotResolve: true } },
    {
      name: 'no-undeclared-package',
      severity: 'error',
      from: { path: '^(apps|libs)/' },
      to: { dependencyTypes: ['npm-no-pkg', 'npm-unknown'] },
    },
    {
      name: 'columns-run-in-a-browser',
      severity: 'error',
      from: { path: '^libs/(columns|filter)/src/', pathNot: '\\.test\\.ts$' },
      to: { dependencyTypes: ['core'] },
    },
    {
      name: 'traces-are-loaded-when-they-are-on',
      comment:
        "OpenTelemetry's SDK costs memory and time at the start: open-tracing.ts imports it when it is asked for",
      severity: 'error',
      from: { path: '^(apps|libs)/' },
      to: { path: '^apps/trace-hub/src/tracing/otlp-tracing\\.ts$', dynamic: false },
    },
    {
      name: 'traces-are-made-in-one-place',
      severity: 'error',
      from: { path: '^(apps|libs)/', pathNot: '^apps/trace-hub/src/tracing/otlp-tracing\\.ts$' },
      to: { path: 'node_modules/@opentelemetry/' },
    },
    ...libRules,
    appRule(
      'pkt-tracer',
      '^(apps/pkt-tracer|libs/(app-kit|bus|columns|netlink|nftrace|recording|ruleset|sgroups|spool|wire))/',
      'the agent never imports clickhouse',
    ),
    appRule(
      'trace-hub',
      '^(apps/trace-hub|libs/(alerts|app-kit|bus|clickhouse|columns|filter|wire))/',
      'the hub never imports netlink, nftrace or ruleset',
    ),
    appRule('visor-cli', '^(apps/visor-cli|libs/(columns|filter|api-client))/', 'the CLI talks REST only'),
    {
      name: 'bench',
      comment: 'bench measures the agent, the hub and the libs; nothing that runs imports it',
      severity: 'error',
      from: { path: '^bench/' },
      to: { path: '^(apps|e2e)/', pathNot: '^apps/(pkt-tracer|trace-hub)/' },
    },
    {
      name: 'no-import-of-bench',
      severity: 'error',
      from: { path: '^(apps|libs)/' },
      to: { path: '^bench/' },
    },
    appRule('visor-web', '^(apps/visor-web|libs/(columns|filter|api-client))/', 'the page talks REST only'),
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    exclude: { path: '^dist/' },
    tsPreCompilationDeps: true,
    tsConfig: { fileName: 'tsconfig.json' },
    enhancedResolveOptions: {
      conditionNames: ['visor-source', 'import', 'node', 'default', 'types'],
      exportsFields: ['exports'],
      extensions: ['.ts', '.tsx', '.js', '.cjs', '.mjs', '.d.ts'],
    },
  },
};
