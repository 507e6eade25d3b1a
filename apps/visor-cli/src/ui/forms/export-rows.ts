import { closeSync, openSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { CsvFormatter } from '../../format/csv.js';
import { JsonLinesFormatter } from '../../format/json.js';
import { csvText } from '../../groups/csv.js';
import { type Cell } from '../../groups/metric.js';
import { type UiState } from '../model/state.js';

export const exportForms = ['jsonl', 'csv'] as const;
export type ExportForm = (typeof exportForms)[number];

export interface Exported {
  readonly text: string;
  /** `12 lines of 345 packets` */
  readonly what: string;
}

/** @returns the form that the file's name says; undefined where it says none */
export const formOfName = (path: string): ExportForm | undefined =>
  exportForms.find((form) => path.toLowerCase().endsWith(`.${form}`));

/** @returns `visor-20261121-140311.jsonl` @param nowMs ms since 1970 */
export function usualName(nowMs: number): string {
  const [day = '', time = ''] = new Date(nowMs).toISOString().split('T');
  return `visor-${day.replaceAll('-', '')}-${time.slice(0, 8).replaceAll(':', '')}.jsonl`;
}

const plural = (count: number, what: string): string => `${count} ${what}${count === 1 ? '' : 's'}`;

function packets({ list: { entries } }: UiState, form: ExportForm): Exported {
  const rows = entries.map(({ json }) => json);
  const formatter = form === 'jsonl' ? new JsonLinesFormatter() : new CsvFormatter();
  const all = entries.reduce((sum, { count }) => sum + count, 0);
  const what = `${plural(rows.length, 'line')} of ${plural(all, 'packet')}, of each line the newest packet`;
  return {
    text: formatter.rows(rows) + formatter.end(),
    what: all === rows.length ? plural(all, 'packet') : what,
  };
}

function groups({ list, aggregate }: UiState, form: ExportForm): Exported {
  const rows = (list.groups?.lines ?? []).map(({ key, packets, bytes, drops }) => {
    // The line's key has the values as the hub sent them.
    const values = JSON.parse(key) as Cell[];
    const by = Object.fromEntries(aggregate.map((name, at) => [name, values[at] ?? null]));
    return { ...by, packets, bytes, drops };
  });
  const names = [...aggregate, 'packets', 'bytes', 'drops'];
  const text = form === 'csv' ? csvText(names, rows) : rows.map((row) => `${JSON.stringify(row)}\n`).join('');
  return { text, what: plural(rows.length, 'group') };
}

/** @returns what is shown, as a file has it: packets as the hub sent them, in the order of the screen; or groups */
export const exported = (state: UiState, form: ExportForm): Exported =>
  state.aggregate.length > 0 ? groups(state, form) : packets(state, form);

/**
 * Writes a file that is whole or not there, for its owner's eyes alone.
 *
 * @param replace whether a file of that name may be replaced
 * @throws what the file system failed with; EEXIST for a file that is there
 */
export function writeWhole(path: string, text: string, replace: boolean): void {
  const whole = replace ? `${path}.${process.pid}.new` : path;
  // Nobody's file is begun anew by mistake.
  const file = openSync(whole, replace ? 'w' : 'wx', 0o600);
  try {
    writeFileSync(file, text);
  } catch (error) {
    rmSync(whole, { force: true });
    throw error;
  } finally {
    closeSync(file);
  }
  if (replace) renameSync(whole, path);
}
