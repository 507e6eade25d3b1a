import { type Aggregate, type Query } from '#api-client';
import { findColumn } from '#columns';
import { CliError } from '../errors.js';
import { type Cell } from './metric.js';

export type GroupRow = Readonly<Record<string, Cell>>;

/** Groups as the hub answers them, and the names of their columns in their order. */
export interface Groups {
  /** What packets are grouped by: `time`, `ip_src`, … */
  readonly keys: readonly string[];
  /** `packets`, `p95(len)`, … */
  readonly metrics: readonly string[];
  readonly rows: readonly GroupRow[];
  readonly others: GroupRow | undefined;
  readonly total: GroupRow;
  readonly more: boolean;
  /** The whole answer. */
  readonly document: Aggregate;
}

const normal = (name: string): string =>
  findColumn(name.trim())?.name ?? name.trim().toLowerCase().replaceAll('-', '_');

/** @returns what a list parameter names: `ip-src,dport` */
function namesOf(value: string | readonly string[] | undefined): string[] {
  const parts = typeof value === 'string' ? [value] : (value ?? []);
  return parts.flatMap((part) => part.split(',')).filter((name) => name.trim() !== '');
}

/** @throws CliError `protocol` where the answer is none of groups */
export function groupsOf(document: Aggregate, query: Query): Groups {
  const { rows, total, others, more } = document as Partial<Aggregate>;
  if (!Array.isArray(rows) || typeof total !== 'object' || typeof document.searched !== 'object') {
    throw new CliError(
      'aggregate',
      'protocol',
      'the hub answers with what are no groups; is it of this version?',
    );
  }
  const metrics = Object.keys(total);
  const [first] = rows;
  const keys = first
    ? Object.keys(first).filter((name) => !metrics.includes(name))
    : [...new Set(namesOf(query['by']).map(normal))];
  return {
    keys,
    metrics,
    rows: rows,
    total: total,
    others: others,
    more: more === true,
    document,
  };
}
