import { type Export } from './export.js';
import { type Result } from './measure.js';

export interface Report {
  readonly machine: {
    readonly load: number;
    readonly processors: number;
    readonly model: string;
    readonly node: string;
  };
  readonly database: {
    readonly rows: number;
    readonly packets: number;
    /** Of `flows_1m`. */
    readonly flows: number;
    readonly bytes: number;
    readonly made_s: number;
    readonly rolledUp_s: number;
  };
  /** Asked of the store within this process. */
  readonly store: readonly Result[];
  /** Asked over HTTP of a hub that runs beside it. */
  readonly http: readonly Result[];
  /** Answers of many rows over HTTP. */
  readonly exports: readonly Export[];
}

const thousands = (value: number): string => Math.round(value).toLocaleString('en-US');
const ms = (value: number | undefined): string => (value === undefined ? '' : value.toFixed(1));

/** @returns tables for people */
export function textReport({ machine, database, store, http, exports }: Report): string {
  const { rows, packets, flows, bytes } = database;
  return [
    `${machine.processors} processors, ${machine.model}, Node ${machine.node}, load ${machine.load}`,
    `${thousands(rows)} rows, ${thousands(packets)} packets, ${thousands(flows)} rows in flows_1m, ${(bytes / 1e9).toFixed(2)} GB`,
    ...table('Store, ms', store, false),
    ...table('HTTP, ms', http, true),
    ...exportTable(exports),
  ].join('\n');
}

function exportTable(exports: readonly Export[]): string[] {
  const line = (cells: readonly string[]): string => `  ${cells.map((cell) => cell.padStart(14)).join('')}`;
  return [
    '',
    line(['all=true', 'rows', 'rows/s', 'CPU µs/row', 'MiB before', 'MiB most']),
    ...exports.map(({ format, rows, rows_per_s, cpu_us_per_row, memory_mib }) =>
      line([
        format,
        thousands(rows),
        thousands(rows_per_s),
        String(cpu_us_per_row),
        ...memory_mib.map(String),
      ]),
    ),
  ];
}

/** @param judged whether it is what people wait for, which the aims are of */
function table(title: string, results: readonly Result[], judged: boolean): string[] {
  if (results.length === 0) return [];
  const line = (name: string, cells: readonly string[]): string =>
    `  ${name.padEnd(48)}${cells.map((cell) => cell.padStart(9)).join('')}`;
  return [
    '',
    line(title, ['p50', 'p95', 'most', 'engine', 'CPU', ...(judged ? ['aim', ''] : [])]),
    ...results.map((result) =>
      line(result.name, [
        ms(result.p50_ms),
        ms(result.p95_ms),
        ms(result.most_ms),
        ms(result.engine_ms),
        ms(result.cpu_ms),
        ...(judged ? [`≤ ${result.aim_ms}`, result.p95_ms <= result.aim_ms ? 'met' : 'missed'] : []),
      ]),
    ),
  ];
}
