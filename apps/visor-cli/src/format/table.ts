import { type Clock } from './clock.js';
import { type RowFormatter } from './formatter.js';
import { decision, details, endpoint, outcome, protocol } from './packet.js';
import { type Paint } from './paint.js';
import { parseRow, type TextRow } from './printable.js';

interface TableColumn {
  readonly title: string;
  readonly cell: (row: TextRow, clock: Clock) => string;
  /** It does not get narrower than this. */
  readonly min: number;
  /** Width to start with where rows come one by one. */
  readonly usual: number;
  readonly right?: true;
}

const time: TableColumn = { title: 'TIME', cell: (row, clock) => clock.show(row.ts), min: 15, usual: 15 };
const path: readonly TableColumn[] = [
  { title: 'SOURCE', cell: (row) => endpoint(row, 'src'), min: 9, usual: 21 },
  { title: 'DESTINATION', cell: (row) => endpoint(row, 'dst'), min: 11, usual: 21 },
  { title: 'PROTO', cell: protocol, min: 5, usual: 5 },
  { title: 'INFO', cell: details, min: 4, usual: 7 },
];
const rule: TableColumn = { title: 'RULE', cell: decision, min: 12, usual: 4 };

const packetColumns: readonly TableColumn[] = [
  time,
  { title: 'AGENT', cell: (row) => row.agent_id, min: 5, usual: 8 },
  { title: 'IN', cell: (row) => row.iif, min: 2, usual: 6 },
  { title: 'OUT', cell: (row) => row.oif, min: 3, usual: 6 },
  ...path,
  { title: 'LEN', cell: (row) => row.len, min: 3, usual: 5, right: true },
  { title: 'FATE', cell: outcome, min: 8, usual: 8 },
  rule,
];

const hopColumns: readonly TableColumn[] = [
  time,
  { title: 'PACKET', cell: (row) => row.packet_id, min: 6, usual: 20 },
  { title: 'HOP', cell: (row) => row.hop, min: 3, usual: 3, right: true },
  ...path,
  { title: 'HOOK', cell: (row) => row.hook, min: 4, usual: 7 },
  { title: 'VERDICT', cell: outcome, min: 8, usual: 8 },
  rule,
];

export interface TableOptions {
  readonly clock: Clock;
  readonly paint: Paint;
  /** Characters a line may have; Infinity where it is no terminal. */
  readonly width: number;
  readonly hops: boolean;
  /** Rows come one by one: columns start at their usual widths. */
  readonly live: boolean;
}

/** A row's JSON, or a line to a person in its place. */
type Held = { readonly row: string } | { readonly note: string };

const GAP = 2;
const lengthOf = (text: string): number => Array.from(text).length;

/** Narrows the widest column that may be narrower, by one, until all fit. */
function fit(widths: readonly number[], minimum: readonly number[], width: number): number[] {
  const fitted = [...widths];
  let excess = fitted.reduce((sum, w) => sum + w + GAP, -GAP) - width;
  while (excess > 0) {
    const spare = fitted.map((w, i) => (w > (minimum[i] ?? 0) ? w : 0));
    const widest = spare.indexOf(Math.max(...spare));
    if (spare[widest] === 0) break;
    fitted[widest] = (fitted[widest] ?? 0) - 1;
    excess--;
  }
  return fitted;
}

function padded(text: string, width: number, right: boolean): string {
  const characters = Array.from(text);
  if (characters.length > width) return `${characters.slice(0, Math.max(width - 1, 0)).join('')}…`;
  const space = ' '.repeat(width - characters.length);
  return right ? space + text : text + space;
}

/**
 * Aligned columns under a header. Where rows come one by one they are printed at once, and columns widen when a later
 * row needs it; else all are printed at the end, fitted to each other. A line is never wider than the terminal.
 */
export class TableFormatter implements RowFormatter {
  readonly #columns: readonly TableColumn[];
  #natural: number[];
  #headed = false;
  readonly #held: Held[] = [];

  constructor(private readonly options: TableOptions) {
    this.#columns = options.hops ? hopColumns : packetColumns;
    this.#natural = this.#columns.map(({ title, usual }) => Math.max(title.length, options.live ? usual : 0));
  }

  rows(rows: readonly string[]): string {
    return this.#take(rows.map((row) => ({ row })));
  }

  readonly note = (line: string): string => this.#take([{ note: line }]);

  end(): string {
    return this.#print(this.#held.splice(0));
  }

  #take(held: readonly Held[]): string {
    if (this.options.live) return this.#print(held);
    this.#held.push(...held);
    return '';
  }

  #print(held: readonly Held[]): string {
    const lines = held.map((each) => {
      if ('note' in each) return each.note;
      const row = parseRow(each.row);
      return this.#columns.map(({ cell }) => cell(row, this.options.clock));
    });
    const rows = lines.filter((line) => typeof line !== 'string');
    for (const line of rows) {
      this.#natural = this.#natural.map((width, i) => Math.max(width, lengthOf(line[i] ?? '')));
    }
    const minimum = this.#columns.map(({ min }) => min);
    const widths = fit(this.#natural, minimum, this.options.width);
    const head = this.#headed || rows.length === 0 ? [] : [this.options.paint.dim(this.#titles(widths))];
    this.#headed ||= rows.length > 0;
    const shown = lines.map((line) =>
      typeof line === 'string' ? this.options.paint.loss(line) : this.#line(line, widths),
    );
    return [...head, ...shown].map((line) => `${line}\n`).join('');
  }

  #titles(widths: readonly number[]): string {
    return this.#columns
      .map(({ title, right }, i) => padded(title, widths[i] ?? 0, right === true))
      .join(' '.repeat(GAP))
      .trimEnd();
  }

  #line(cells: readonly string[], widths: readonly number[]): string {
    const shown = this.#columns.map(({ cell, right }, i) => {
      const text = cells[i] ?? '';
      const space = padded(text, widths[i] ?? 0, right === true);
      return cell === outcome ? this.options.paint.outcome(space, text) : space;
    });
    return shown.join(' '.repeat(GAP)).trimEnd();
  }
}
