import { type SyntaxNode } from '@lezer/common';
import { parser } from '@prometheus-io/lezer-promql';

/** What a query asks for: the metrics with the labels that it matches, and the labels that it groups or joins by. */
export interface PromParts {
  readonly selectors: readonly { readonly metric: string; readonly labels: readonly string[] }[];
  readonly groupings: readonly string[];
}

/**
 * A query with what Grafana puts in place of its variables.
 * @param instances a regular expression @param interval of rates
 */
export const expanded = (expr: string, instances = '.*', interval = '5m'): string =>
  expr.replaceAll('$__rate_interval', interval).replaceAll('"$instance"', JSON.stringify(instances));

/** @throws Error where it is not PromQL: what stands where the parser gave up */
export function promParts(expr: string): PromParts {
  const text = expanded(expr);
  const selectors: { metric: string; labels: string[] }[] = [];
  const groupings: string[] = [];
  const textOf = ({ from, to }: { from: number; to: number }): string => text.slice(from, to);
  parser.parse(text).iterate({
    enter: ({ type, from, to, node }) => {
      if (type.isError) throw new Error(`${expr} is not PromQL at "${text.slice(from)}"`);
      if (type.name === 'VectorSelector') {
        selectors.push({ metric: metricOf(node, textOf), labels: labelsOf(node, 'LabelMatchers', textOf) });
      }
      if (type.name === 'GroupingLabels') groupings.push(...named(node, textOf));
      void to;
    },
  });
  return { selectors, groupings };
}

type TextOf = (node: { from: number; to: number }) => string;

const metricOf = (selector: SyntaxNode, textOf: TextOf): string => {
  const name = selector.getChild('Identifier');
  return name ? textOf(name) : '';
};

const labelsOf = (selector: SyntaxNode, part: string, textOf: TextOf): string[] => {
  const matchers = selector.getChild(part);
  if (!matchers) return [];
  return matchers.getChildren('UnquotedLabelMatcher').flatMap((matcher) => named(matcher, textOf));
};

const named = (node: SyntaxNode, textOf: TextOf): string[] => node.getChildren('LabelName').map(textOf);

/** Functions that take a counter for what it is: it may begin at 0 again. */
const ofCounters = new Set(['rate', 'irate', 'increase', 'resets']);

/**
 * Prometheus calculates the rate of a gauge without a word, and a counter as it stands means little.
 * @param types of the metrics as their endpoints declare them: counter, gauge, histogram
 * @returns which metrics a query takes for what they are not
 */
export function misusedIn(types: ReadonlyMap<string, string>, expr: string): string[] {
  const text = expanded(expr);
  const misused: string[] = [];
  parser.parse(text).iterate({
    enter: ({ type, node }) => {
      if (type.name !== 'VectorSelector') return;
      const metric = metricOf(node, ({ from, to }) => text.slice(from, to));
      const declared = types.get(metric) ?? types.get(metric.replace(/_(bucket|sum|count)$/, ''));
      if (declared === undefined) return;
      const by = rangeFunction(node, text);
      if (declared === 'gauge' && by !== undefined && ofCounters.has(by))
        misused.push(`${by} of the gauge ${metric}`);
      if (declared !== 'gauge' && (by === undefined || !ofCounters.has(by)))
        misused.push(`the ${declared} ${metric} without rate or increase`);
    },
  });
  return misused;
}

/** @returns the function that takes a selector with its range; undefined = it is taken as it stands */
function rangeFunction(selector: SyntaxNode, text: string): string | undefined {
  let ranged = false;
  for (let node = selector.parent; node; node = node.parent) {
    if (node.name === 'MatrixSelector' || node.name === 'SubqueryExpr') ranged = true;
    if (node.name !== 'FunctionCall') continue;
    const name = node.getChild('FunctionIdentifier');
    return ranged && name ? text.slice(name.from, name.to) : undefined;
  }
  return undefined;
}

/** The metrics of an endpoint, from its text: each with the labels of its samples. */
export function exposedMetrics(text: string): Map<string, Set<string>> {
  const metrics = new Map<string, Set<string>>();
  const add = (name: string, labels: Iterable<string> = []): void => {
    const known = metrics.get(name) ?? new Set<string>();
    for (const label of labels) known.add(label);
    metrics.set(name, known);
  };
  for (const line of text.split('\n')) {
    const [, declared, kind] = /^# TYPE (\S+) (\w+)/.exec(line) ?? [];
    if (declared !== undefined && kind === 'histogram')
      for (const end of ['_bucket', '_sum', '_count']) add(declared + end);
    else if (declared !== undefined) add(declared);
    const [, sample, labels = ''] = /^(\w+)(?:\{(.*)\})? /.exec(line) ?? [];
    if (sample !== undefined)
      add(
        sample,
        [...labels.matchAll(/(\w+)="(?:[^"\\]|\\.)*"/g)].map(([, label = '']) => label),
      );
  }
  return metrics;
}

/** Made by Prometheus itself when it reads an endpoint. */
const byScrape = new Set(['up']);
const scrapeLabels = ['instance', 'job'];

/**
 * @param exposed of all endpoints
 * @returns what a query asks for that no endpoint has: empty where all is there
 */
export function missingFrom(exposed: ReadonlyMap<string, ReadonlySet<string>>, expr: string): string[] {
  const { selectors, groupings } = promParts(expr);
  const missing: string[] = [];
  const all = new Set(scrapeLabels);
  for (const { metric, labels } of selectors) {
    if (byScrape.has(metric)) continue;
    const known = exposed.get(metric);
    if (!known) {
      missing.push(metric);
      continue;
    }
    for (const label of known) all.add(label);
    missing.push(
      ...labels
        .filter((label) => !known.has(label) && !scrapeLabels.includes(label))
        .map((label) => `${metric}{${label}}`),
    );
  }
  return [...missing, ...groupings.filter((label) => !all.has(label)).map((label) => `label ${label}`)];
}
