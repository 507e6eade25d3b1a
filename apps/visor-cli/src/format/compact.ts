import { type Clock } from './clock.js';
import { type RowFormatter } from './formatter.js';
import { type Names, numeric } from './names.js';
import { decision, details, endpoint, names, outcome, protocol } from './packet.js';
import { type Paint } from './paint.js';
import { parseRow, type TextRow } from './printable.js';
import { widthOf } from './width.js';

export interface LineOptions {
  readonly clock: Clock;
  readonly paint: Paint;
  /** Default: no names. */
  readonly names?: Names;
  /** Characters a line may have; default: any number. */
  readonly width?: number;
}

const INDENT = '    ';

/**
 * One line a row, of which the rule goes below where a terminal has no room for it beside:
 * `14:03:11.204518 web1 10.0.0.2:51034 (web) -> 10.0.1.2:443(https) (db) tcp SYN DROPPED inet filter forward handle 12 "tcp dport 443 drop"`
 */
export class CompactFormatter implements RowFormatter {
  readonly #names: Names;
  readonly #width: number;

  constructor(private readonly options: LineOptions) {
    this.#names = options.names ?? numeric;
    this.#width = options.width ?? Infinity;
  }

  rows(rows: readonly string[]): string {
    return rows.map((json) => `${this.#line(parseRow(json))}\n`).join('');
  }

  readonly note = (line: string): string => `${this.options.paint.loss(line)}\n`;

  end(): string {
    return '';
  }

  #line(row: TextRow): string {
    const { clock, paint } = this.options;
    const time = clock.show(row.ts);
    const who = whoToWhom(row, this.#names);
    const word = outcome(row);
    const rule = joined([decision(row), sample(row)]);
    const shown = joined([paint.dim(time), row.agent_id || '-', who, paint.outcome(word)]);
    const width = widthOf(joined([time, row.agent_id || '-', who, word, rule]));
    return width > this.#width ? `${shown}\n${INDENT}${rule}` : `${shown} ${rule}`;
  }
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
