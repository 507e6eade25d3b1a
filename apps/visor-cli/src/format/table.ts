import { type Clock } from './clock.js';
import { type RowFormatter } from './formatter.js';
import { GAP, layOut, layOutWide, type Layout } from './layout.js';
import { type Names, numeric } from './names.js';
import { type Paint } from './paint.js';
import { parseRow } from './printable.js';
import { type TableColumn, tableColumns } from './table-columns.js';
import { padded, widthOf } from './width.js';
import { wrapped } from './wrap.js';

export interface TableOptions {
  readonly clock: Clock;
  readonly paint: Paint;
  /** Default: no names. */
  readonly names?: Names;
  /** Characters a line may have; Infinity where it is no terminal. */
  readonly width: number;
  readonly hops: boolean;
  /** Rows come one by one: they are printed at once, and columns start at their usual widths. */
  readonly live: boolean;
  /** More columns, and lines as long as they are. */
  readonly wide?: boolean;
  /** What --columns has. */
  readonly chosen?: string | undefined;
}

/** A row's JSON, or a line to a person in its place. */
type Held = { readonly row: string } | { readonly note: string };
type Cells = ReadonlyMap<TableColumn, string>;

/** Lines after which a live table has its header again, on a terminal. */
const PAGE = 40;
/** No cell but a line's last is wider, that one long name does not move all rows apart. */
const MAX_CELL = 60;
const INDENT = 4;

/**
 * Aligned columns under a header. Where rows come one by one they are printed at once, and columns widen when a later
 * row needs it; else all are printed at the end, fitted to each other.
 */
export class TableFormatter implements RowFormatter {
  readonly #columns: readonly TableColumn[];
  #natural: number[];
  #layout: Layout | undefined;
  #sinceHead = 0;
  #width: number;
  readonly #held: Held[] = [];

  /** @throws CliError `usage` for what are no columns */
  constructor(private readonly options: TableOptions) {
    const { hops, wide = false, chosen, live, width } = options;
    this.#width = width;
    this.#columns = tableColumns({ hops, wide, chosen });
    this.#natural = this.#columns.map(({ title, usual }) => Math.max(title.length, live ? usual : 0));
  }

  rows(rows: readonly string[]): string {
    return this.#take(rows.map((row) => ({ row })));
  }

  readonly note = (line: string): string => this.#take([{ note: line }]);

  resize(width: number): void {
    this.#width = width;
    this.#sinceHead = 0;
  }

  end(): string {
    return this.#print(this.#held.splice(0));
  }

  #take(held: readonly Held[]): string {
    if (this.options.live) return this.#print(held);
    for (const each of held) this.#held.push(each);
    return '';
  }

  #print(held: readonly Held[]): string {
    const lines = held.map((each) => ('note' in each ? each.note : this.#cells(each.row)));
    const rows = lines.filter((line) => typeof line !== 'string');
    if (rows.length > 0) this.#measure(rows);
    const text: string[] = [];
    for (const line of lines) {
      if (typeof line === 'string') text.push(this.options.paint.loss(line));
      else text.push(...this.#head(), ...this.#line(line));
    }
    return text.map((line) => `${line}\n`).join('');
  }

  #cells(json: string): Cells {
    const row = parseRow(json);
    const { clock, names = numeric } = this.options;
    return new Map(this.#columns.map((column) => [column, column.cell(row, { clock, names })]));
  }

  /** The header comes again where its columns are others, and a live one where the old one has left the screen. */
  #measure(rows: readonly Cells[]): void {
    const last = this.#columns.length - 1;
    for (const cells of rows) {
      this.#natural = this.#natural.map((natural, i) => {
        const width = widthOf(cells.get(this.#columns[i] as TableColumn) ?? '');
        return Math.max(natural, i === last ? width : Math.min(width, MAX_CELL));
      });
    }
    const sized = this.#columns
      .map((column, i) => ({ column, natural: this.#natural[i] ?? 0 }))
      .filter(({ column }) => !this.#mayMiss() || rows.some((cells) => cells.get(column) !== ''));
    const layout = (this.options.wide === true ? layOutWide : layOut)(sized, this.#width);
    const shown = this.#layout?.columns;
    const same =
      shown?.length === layout.columns.length && this.#layout?.below.length === layout.below.length;
    if (!same) this.#sinceHead = 0;
    this.#layout = layout;
  }

  /** On a terminal, where all rows are known, a column that nobody asked for and that has nothing only takes room. */
  #mayMiss(): boolean {
    const { live, chosen } = this.options;
    return !live && Number.isFinite(this.#width) && chosen === undefined;
  }

  #head(): string[] {
    const { live, paint } = this.options;
    const again = live && Number.isFinite(this.#width) && this.#sinceHead >= PAGE;
    if (this.#sinceHead++ > 0 && !again) return [];
    this.#sinceHead = 1;
    const titles = new Map(this.#columns.map((column) => [column, column.title]));
    return this.#line(titles, (text) => text).map((line) => paint.dim(line));
  }

  #line(cells: Cells, outcome = this.options.paint.outcome): string[] {
    const { columns, widths, below } = this.#layout as Layout;
    const shown = columns.map((column, i) => {
      const width = widths[i] ?? 0;
      const text = cells.get(column) ?? '';
      const shown = column.shorter && widthOf(text) > width ? column.shorter(text) : text;
      const space = padded(shown, width, column.right === true);
      return column.painted === true ? outcome(space, text) : space;
    });
    const line = shown.join(' '.repeat(GAP)).trimEnd();
    if (below.length === 0) return [line];
    const pieces = below.map((column) => ({ text: cells.get(column) ?? '' }));
    const indent = ' '.repeat(INDENT);
    return [line, ...wrapped(pieces, this.#width - INDENT).map((text) => indent + text)];
  }
}
