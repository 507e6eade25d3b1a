import { type Clock } from './clock.js';
import { type RowFormatter } from './formatter.js';
import { decision, details, endpoint, names, outcome, protocol } from './packet.js';
import { type Paint } from './paint.js';
import { parseRow, type TextRow } from './printable.js';

/**
 * One line a row:
 * `14:03:11.204518 web1 10.0.0.2:51034 (web) -> 10.0.1.2:8443 (db) tcp SYN DROPPED inet filter forward handle 12 "tcp dport 8443 drop"`
 */
export class CompactFormatter implements RowFormatter {
  constructor(
    private readonly clock: Clock,
    private readonly paint: Paint,
  ) {}

  rows(rows: readonly string[]): string {
    return rows.map((json) => `${this.#line(parseRow(json))}\n`).join('');
  }

  readonly note = (line: string): string => `${this.paint.loss(line)}\n`;

  end(): string {
    return '';
  }

  #line(row: TextRow): string {
    return [
      this.paint.dim(this.clock.show(row.ts)),
      row.agent_id || '-',
      endpoint(row, 'src'),
      names(row, 'src'),
      '->',
      endpoint(row, 'dst'),
      names(row, 'dst'),
      protocol(row),
      details(row),
      this.paint.outcome(outcome(row)),
      decision(row),
      sample(row),
    ]
      .filter((part) => part !== '')
      .join(' ');
  }
}

/** A packet out of a sample says so: it stands for several. */
function sample({ sampling }: TextRow): string {
  return Number(sampling) > 1 ? `(1 of ${sampling})` : '';
}
