import { type SyntaxNode } from '@lezer/common';
import { parser } from '@prometheus-io/lezer-promql';

/** What a query asks for: the metrics with the labels that it matches, and the labels that it groups or joins by. */
export interface PromParts {
  readonly selectors: readonly { readonly metric: string; readonly labels: readonly string[] }[];
  readonly groupings: readonly string[];
}

/** What Grafana puts in place of its variables. */
const expanded = (expr: string): string =>
  expr.replaceAll('$__rate_interval', '5m').replace(/"\$\w+"/g, '".*"');

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
