import { findColumn, type ColumnName, type RowSource, emptyValues } from '#columns';
import { parseAddress } from '#filter';
import { type AlertEngine } from '../engine.js';
import { parseRules } from '../parse.js';
import { type AlertRule } from '../rule.js';

/** A row as a test writes it: addresses as text, `s` = seconds of its time. */
export type TestRow = Partial<Record<ColumnName, unknown>> & { readonly s?: number };

/** 2026-11-21T00:00:00Z */
export const T0 = 1_795_219_200_000_000;

/** @returns µs of a second of the test's day */
export const at = (s: number): number => Math.round(T0 + s * 1e6);

/** Rows of a test, decisive unless they say `decisive: false`. */
export function rowsOf(rows: readonly TestRow[]): RowSource {
  const values = rows.map(({ s = 0, ...row }, i) => {
    const full: Record<string, unknown> = { ts: at(s), packet_id: BigInt(i + 1), sampling: 1, ...row };
    for (const [name, value] of Object.entries(full)) {
      if (findColumn(name)?.kind === 'ip' && typeof value === 'string')
        full[name] = parseAddress(value)?.bytes;
      if (findColumn(name)?.kind === 'u64' && typeof value === 'number') full[name] = BigInt(value);
    }
    return full;
  });
  return {
    rows: rows.length,
    get: (column, row) => (values[row]?.[column] ?? emptyValues[findColumn(column)?.kind ?? 'name']) as never,
  };
}

/** Gives the engine rows as the hub does. */
export function feed(
  engine: AlertEngine,
  rows: readonly TestRow[],
  as = (source: RowSource) => source,
): void {
  const source = as(rowsOf(rows));
  const order = Uint32Array.from(rows.keys()).sort((a, b) => (rows[a]?.s ?? 0) - (rows[b]?.s ?? 0));
  const decisive = Uint32Array.from(order.keys()).filter(
    (place) => rows[order[place] ?? 0]?.decisive !== false,
  );
  engine.rows(source, decisive, order, 'web1');
}

/** @returns the rules of a YAML text @throws Error where one of them is none */
export function rulesOf(yaml: string): readonly AlertRule[] {
  const { rules, faults } = parseRules(yaml, 'test.yaml', { now_us: T0 });
  if (faults.length > 0) throw new Error(faults.map(({ line, reason }) => `${line}: ${reason}`).join('\n'));
  return rules;
}
