import { type Clock } from './clock.js';
import { type RowFormatter } from './formatter.js';
import { type Names, numeric } from './names.js';
import { decision, details, endpoint, names, outcome, protocol } from './packet.js';
import { type Paint } from './paint.js';
import { parseRow, type TextRow } from './printable.js';
import { type Piece, widthOfPieces, wrapped } from './wrap.js';

export interface LineOptions {
  readonly clock: Clock;
  readonly paint: Paint;
  /** Default: no names. */
  readonly names?: Names;
  /** Characters a line may have; default: any number. */
  readonly width?: number;
}

const INDENT = 4;

/**
 * One line a row, of which fate and rule go below where a terminal has no room for them beside:
 * `14:03:11.204518 web1 10.0.0.2:51034 (web) -> 10.0.1.2:443(https) (db) tcp SYN DROPPED inet filter forward handle 12 "tcp dport 443 drop"`
 */
export class CompactFormatter implements RowFormatter {
  readonly #names: Names;
  #width: number;

  constructor(private readonly options: LineOptions) {
    this.#names = options.names ?? numeric;
    this.#width = options.width ?? Infinity;
  }

  rows(rows: readonly string[]): string {
    return rows.map((json) => `${this.#line(parseRow(json))}\n`).join('');
  }

  readonly note = (line: string): string => `${this.options.paint.loss(line)}\n`;

  resize(width: number): void {
    this.#width = width;
  }

  end(): string {
    return '';
  }

  #line(row: TextRow): string {
    const { clock, paint } = this.options;
    const who: Piece[] = [
      { text: clock.show(row.ts), paint: paint.dim },
      { text: row.agent_id || '-' },
      { text: whoToWhom(row, this.#names) },
    ];
    const fate: Piece[] = [
      { text: outcome(row), paint: paint.outcome },
      { text: joined([decision(row), sample(row)]) },
    ];
    return linesOf(who, fate, this.#width).join('\n');
  }
}

const GAP = { gap: 1, hang: INDENT };

/**
 * @returns the pieces on one line where it has room for them; else the second ones below the first, indented; where the
 * first need two lines alone, all one behind the other
 */
export function linesOf(first: readonly Piece[], second: readonly Piece[], width: number): string[] {
  const all = [...first, ...second];
  if (widthOfPieces(all, GAP.gap) <= width) return wrapped(all, Infinity, GAP);
  if (widthOfPieces(first, GAP.gap) > width) return wrapped(all, width, GAP);
  const indent = ' '.repeat(INDENT);
  const below = wrapped(second, width - INDENT, { gap: 1 }).map((line) => indent + line);
  return [...wrapped(first, Infinity, GAP), ...below];
}

const joined = (parts: readonly string[]): string => parts.filter((part) => part !== '').join(' ');

/** @returns `10.0.0.2:51034 (web) -> 10.0.1.2:443(https) (db) tcp SYN` */
export function whoToWhom(row: TextRow, known: Names = numeric): string {
  return joined([
    endpoint(row, 'src', known),
    names(row, 'src'),
    '->',
    endpoint(row, 'dst', known),
    names(row, 'dst'),
    protocol(row, known),
    details(row),
  ]);
}

/** @returns `(1 of 16)` for a packet out of a sample: it stands for several */
export function sample({ sampling }: TextRow): string {
  return Number(sampling) > 1 ? `(1 of ${sampling})` : '';
}
