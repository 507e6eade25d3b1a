import { bytesText, countText, scaledBytes, scaledCount, type Scaled } from './units.js';

/** A cell of an answer as JSON has it. */
export type Cell = string | number | boolean | null;

/** What the hub calls it is parsed here only as far as it is shown. */
interface MetricKind {
  readonly unit: 'count' | 'bytes' | 'number';
  /** Whether parts add up to the whole, so that each has a share of it. */
  readonly additive: boolean;
}

/** @param name as answers have it: `packets`, `bytes/s`, `uniq(dport)`, `p95(len)` */
export function metricKind(name: string): MetricKind {
  const [, of = name] = /^p\d+\((.*)\)$/.exec(name) ?? [];
  const additive = of === name && /^(packets|bytes|drops|hops)(\/s)?$/.test(name);
  if (/^bytes(\/s)?$/.test(of)) return { unit: 'bytes', additive };
  if (/^(packets|drops|hops|flows)(\/s)?$/.test(of) || name.startsWith('uniq('))
    return { unit: 'count', additive };
  return { unit: 'number', additive: false };
}

const plain = (value: number): Scaled => ({
  digits: Number.isInteger(value) ? String(value) : value.toFixed(2),
  unit: '',
});

/** @returns a metric's value in digits and unit; a number that means something by itself (a port, a length) is exact */
export function scaledMetric(name: string, value: number, exact: boolean): Scaled {
  const { unit } = metricKind(name);
  if (exact || unit === 'number') return plain(value);
  return unit === 'bytes' ? scaledBytes(value) : scaledCount(value);
}

/** @returns the same as one text, for a chart's axis and a legend */
export function metricText(name: string, value: Cell | undefined): string {
  if (typeof value !== 'number') return value === null || value === undefined ? '-' : String(value);
  const { unit } = metricKind(name);
  if (unit === 'number') return plain(value).digits;
  return unit === 'bytes' ? bytesText(value) : countText(value);
}
